"""
People, the organisations they act for, and their sessions.

A session exists only for somebody who signed in; its token is stored as a hash
and replaced at every sign-in, so that a token planted before cannot be used
after.
"""

from piccolo.constraints import Check, Unique
from piccolo.table import Table

from market.columns import key, moment, octets, reference, text, whole, yes_no


class Person(Table):
    """Somebody who can sign in; personal data never leave this table but masked."""

    id = key()
    login = text()
    name = text()
    phone = text(null=True)
    password_hash = text()
    password_given_at = moment(null=True)  # set by somebody else; its person must set another before any act
    created_at = moment()
    disabled_at = moment(null=True)

    person_login_shape = Check("login = lower(login) and login like '%_@_%'")


class Organisation(Table):
    """A body that acts in the market in one role."""

    id = key()
    kind = text()
    uscc = text()
    name = text()
    division = text(index=True)
    trade = text(null=True)
    created_at = moment()
    sample = yes_no()

    organisation_kind_known = Check("kind in ('owner','agency','regulator','authority','operator','auditor')")
    organisation_uscc_shape = Check("uscc ~ '^[0-9A-Z]{18}$'")
    organisation_division_shape = Check("division ~ '^[0-9]{6}$'")
    organisation_once_per_kind = Unique([uscc, kind])


class Membership(Table):
    """A person's right to act for an organisation."""

    id = key()
    person = reference(Person)
    organisation = reference(Organisation)
    manager = yes_no()
    created_at = moment()
    ended_at = moment(null=True)

    membership_once = Unique([person, organisation])


class RegulatorScope(Table, tablename="regulator_scope"):
    """A division with everything inside it × a trade that a regulator watches; trade '*' means every one."""

    id = key()
    organisation = reference(Organisation)
    division = text()
    trade = text()

    regulator_scope_once = Unique([organisation, division, trade])
    regulator_scope_division_shape = Check("division ~ '^[0-9]{6}$'")


class Session(Table):
    """A signed-in browser; the token itself is only in its cookie."""

    id = key()
    token_hash = octets(unique=True)
    person = reference(Person)
    organisation = reference(Organisation)
    created_at = moment()
    seen_at = moment()
    expires_at = moment(index=True)


class ApiToken(Table, tablename="api_token"):
    """A program's bearer token, made by a signed-in person for one organisation."""

    id = key()
    token_hash = octets(unique=True)
    person = reference(Person)
    organisation = reference(Organisation)
    label = text()
    created_at = moment()
    expires_at = moment()
    revoked_at = moment(null=True)


class SignInAttempt(Table, tablename="sign_in_attempt"):
    """How often sign-in failed for a login or an address within the window."""

    id = key()
    subject = text(unique=True)
    window_at = moment()
    failures = whole()
