"""
The indicators in the order they are computed and shown; nothing is found by magic.
"""

from typing import Final

from scoring.indicator import Indicator
from scoring.indicators.d01_designation import D01
from scoring.indicators.f01_draw_odds import F01
from scoring.indicators.l01_owner_lock_in import L01
from scoring.indicators.m02_excess_concentration import M02
from scoring.indicators.r02_off_list_demand import R02
from scoring.indicators.r03_fee_over_guide import R03
from scoring.indicators.t01_tying import T01

INDICATORS: Final[tuple[Indicator, ...]] = (R02, R03, F01, M02, L01, D01, T01)
