"""Rules of signed notes and checkpoints, against the known answers of C2SP and of our paper on trust."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from market.ledger import note, tree
from market.ledger.note import NoteRefused

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LOG_VKEY = "zjcs.example/log+2533d290+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_VKEY = "witness.example/jjj+77051ad2+BHm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk"
CHECKPOINT = """\
zjcs.example/log
600
sY3WbaEmOfHER3U2MF70AIUcS+4QSq5NhtjLm5hSLEk=

— zjcs.example/log JTPSkAXdb+Zxmklh5KcWO/PuEb4aYP2wqi5XH8wJ8NkGt+L0UgH+V5s8sA3wq3wnNTyEEvbPjhuIvPF/Zn3r0Vp64wQ=
"""
COSIGNATURE = (
    "— witness.example/jjj dwUa0gAAAABpqUO4A2qjZnjVbyixqSf6f53NpEU+4Dq9scXzcEpxYKLFZXI8ow4M3i+"
    "MRHD4RQaMqpqGl9G4iaJTBhA5RWa/xU+hAw==\n"
)
EXAMPLE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
AT = int.from_bytes(bytes.fromhex("0000000069a943b8"), "big")


def test_the_note_of_c2sp_verifies():
    assert note.verify(EXAMPLE, [note.parse_vkey(EXAMPLE_VKEY)]) == {"example.com/foo": None}


@pytest.mark.parametrize(
    "change", [("example m", "Example m"), ("Uw2QOkn8s", "Uw2QOkn9s"), ("message.\n", "message.\n\n")]
)
def test_the_note_of_c2sp_altered_is_refused(change):
    with pytest.raises(NoteRefused):
        note.verify(EXAMPLE.replace(*change), [note.parse_vkey(EXAMPLE_VKEY)])


def test_the_vkeys_of_the_paper_are_reproduced():
    assert str(note.key_of("zjcs.example/log", KEY)) == LOG_VKEY
    assert str(note.key_of("witness.example/jjj", WITNESS, note.WITNESS)) == WITNESS_VKEY
    assert str(note.parse_vkey(WITNESS_VKEY)) == WITNESS_VKEY


def test_the_checkpoint_of_the_paper_is_reproduced_to_the_byte():
    root = tree.root(b'{"d":"event","n":%d}' % n for n in range(1, 601))
    signed = note.sign_checkpoint("zjcs.example/log", 600, root, KEY)
    assert signed == CHECKPOINT
    assert note.cosign(signed, "witness.example/jjj", WITNESS, AT) == CHECKPOINT + COSIGNATURE


def test_an_opened_checkpoint_names_its_witnesses():
    log, witness = note.parse_vkey(LOG_VKEY), note.parse_vkey(WITNESS_VKEY)
    opened = note.open_checkpoint(CHECKPOINT + COSIGNATURE, log, [witness])
    assert (opened.origin, opened.size, opened.root.hex()[:8]) == ("zjcs.example/log", 600, "b18dd66d")
    assert opened.cosigned == {"witness.example/jjj": AT}
    assert note.open_checkpoint(CHECKPOINT + COSIGNATURE, log).cosigned == {}


def test_a_witness_alone_does_not_make_a_checkpoint():
    witness = note.parse_vkey(WITNESS_VKEY)
    stranger = note.key_of("zjcs.example/log", WITNESS)
    with pytest.raises(NoteRefused, match="log itself"):
        note.open_checkpoint(CHECKPOINT + COSIGNATURE, stranger, [witness])
    with pytest.raises(NoteRefused, match="trusted"):
        note.open_checkpoint(CHECKPOINT, stranger)


def test_one_wrong_signature_of_a_known_key_spoils_the_note():
    log, witness = note.parse_vkey(LOG_VKEY), note.parse_vkey(WITNESS_VKEY)
    later = COSIGNATURE.replace("dwUa0gAAAABpqUO4", "dwUa0gAAAABpqUO5")
    with pytest.raises(NoteRefused, match="jjj"):
        note.open_checkpoint(CHECKPOINT + later, log, [witness])
    assert note.open_checkpoint(CHECKPOINT + later, log).size == 600


def test_a_checkpoint_of_another_origin_is_refused():
    moved = note.sign_note(CHECKPOINT.partition("\n\n")[0].replace("zjcs", "other") + "\n", "zjcs.example/log", KEY)
    with pytest.raises(NoteRefused, match="log itself"):
        note.open_checkpoint(moved, note.parse_vkey(LOG_VKEY))


@pytest.mark.parametrize(
    "text",
    [
        "zjcs.example/log\n",
        "zjcs.example/log\n06\n" + "A" * 43 + "=\n",
        "zjcs.example/log\n6\nAAAA\n",
        "zjcs.example/log\n-1\n\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteRefused, match=r"checkpoint|signature line"):
        note.open_checkpoint(note.sign_note(text, "zjcs.example/log", KEY), note.parse_vkey(LOG_VKEY))


@pytest.mark.parametrize(
    "text", ["", "text\n", "text\n\n", "text\n\n— name\n", "text\n\n- name AAAAAAAA\n", "t\n\n— name !!!!\n"]
)
def test_a_text_that_is_no_note_is_refused(text):
    with pytest.raises(NoteRefused):
        note.parse(text)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000+AAAA",
        LOG_VKEY.replace("2533d290", "2533d291"),
        LOG_VKEY.replace("zjcs", "zj cs"),
        "é" * 9,
    ],
)
def test_a_text_that_is_no_vkey_is_refused(vkey):
    with pytest.raises(NoteRefused):
        note.parse_vkey(vkey)


def test_a_name_with_a_space_or_plus_cannot_sign():
    for name in ("a b", "a+b", ""):
        with pytest.raises(NoteRefused):
            note.sign_checkpoint(name, 0, tree.EMPTY_ROOT, KEY)


def test_a_text_without_its_newline_cannot_be_signed():
    with pytest.raises(NoteRefused, match="newline"):
        note.sign_note("text", "name", KEY)
