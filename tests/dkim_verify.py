"""Checks the DKIM signatures of a letter with dkimpy, which shares nothing with the signer.

    dkim_verify.py NAME VALUE < letter

NAME and VALUE are the one record that the DNS has. Ends with 0 if every signature holds and there is
one; says why not otherwise.
"""

import sys

import dkim

name, value = (argument.encode() for argument in sys.argv[1:3])


def record(asked, timeout=5):
    if isinstance(asked, str):
        asked = asked.encode()
    return value if asked.rstrip(b".") == name else None


verifier = dkim.DKIM(sys.stdin.buffer.read())
signatures = sum(1 for header, _ in verifier.headers if header.lower() == b"dkim-signature")
if signatures == 0:
    sys.exit("there is no signature")
for place in range(signatures):
    try:
        holds = verifier.verify(idx=place, dnsfunc=record)
    except dkim.DKIMException as error:
        sys.exit(f"signature {place}: {error!r}")
    if not holds:
        sys.exit(f"signature {place} does not hold")
# What is signed, for the test to look at.
print(b" ".join(header for header, _ in verifier.signed_headers).decode().lower())
