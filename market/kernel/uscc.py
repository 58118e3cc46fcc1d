"""
The unified social credit code (统一社会信用代码) of an organisation, and its check digit.

A code that passes is well formed, not proven to exist. Codes beginning
91990000 are fictional: no division 990000 exists.

Basis: GB 32100-2015.
"""

import unicodedata

from stdnum.cn import uscc as standard
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from market.kernel.errors import Reason


def check(text: str) -> str | Reason:
    """Return the code in capitals without spaces, or say what is wrong with it."""
    code = standard.compact("".join(unicodedata.normalize("NFKC", text).split()))
    if not code:
        return Reason("field_required")
    try:
        return str(standard.validate(code))
    except InvalidLength:
        return Reason("bad_uscc_length", params={"length": len(code)})
    except InvalidChecksum:
        return Reason("bad_uscc_check_digit")
    except ValidationError:
        return Reason("bad_uscc")


def with_check_digit(first17: str) -> str:
    """Complete seventeen characters with the digit that makes them a code."""
    if len(first17) != 17:
        raise ValueError("a code has seventeen characters before its check digit")
    return first17 + str(standard.calc_check_digit(first17))
