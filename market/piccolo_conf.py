"""
Where Piccolo finds the engine and the one application, for its queries and for ``piccolo migrations new``.

Importing this opens no connection: programs connect by `market.db.connect`.
"""

from piccolo.conf.apps import AppRegistry

from market.db import engine

DB = engine
APP_REGISTRY = AppRegistry(apps=["market.piccolo_app"])
