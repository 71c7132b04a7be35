# The certificate, and the page that says how anyone can check one.

# On the page of a request.
status-certificate-open = Open the certificate
status-certificate-how = How anyone can check it
status-certificate-soon = The certificate is being signed. It is ready within a minute.
status-certificate-yours = The certificate is yours to keep.

# The certificate. Others read it too, so it says neither "you" nor who.
certificate-title = { $what ->
    [review] Certificate of a copy
    [rectification] Certificate of correction
    [removal] Certificate of removal
    [unsubscribe] Certificate of objection
    [refused] Certificate of refusal
   *[withdrawn] Certificate of withdrawal
}
certificate-lead = { $what ->
    [review] A copy of the personal data found was handed over.
    [rectification] { $complete ->
        [true] The personal data found was corrected and read back.
       *[false] A part of the personal data found was corrected and read back. The rest stays, for reasons that were given.
    }
    [removal] { $complete ->
        [true] All personal data found was removed, and every system was searched again.
       *[false] The personal data found was removed, but for what a law keeps, and every system was searched again.
    }
    [unsubscribe] The objection to marketing is in force.
    [refused] The request was refused, with the reason and the ways to complain.
    [withdrawn] The request was taken back, and nothing was done.
   *[nothing] Every system was searched, and nothing was found.
}
certificate-soon = It is being signed
certificate-soon-text = The certificate is ready within a minute. Open this page again then.
certificate-download = Download the certificate
certificate-download-proof = The proof alone, for other programs
certificate-controller = Issued by
certificate-reference = Reference
certificate-identity = Identity
certificate-proved = { $proof ->
    [mailbox] Shown by the link in a mail to the address
    [mailbox_and_code] Shown by the link and the code in a mail to the address
    [staff] Checked by staff
    [authority] Somebody acted for the person; staff saw the authority
   *[none] Not shown
}
certificate-where = { $what ->
    [nothing] Where was searched
    [review] What was handed over, and from where
    [rectification] What was corrected, and where
   *[removal] What was removed, and where
}
certificate-col-handed = Handed over
certificate-col-kept = Kept
certificate-col-collected = Collected
certificate-col-searched = Searched again
certificate-col-read-back = Read back
certificate-not-checked = not checked
certificate-kept = What is kept, and why
certificate-col-ground = Ground
certificate-col-article = Provision
certificate-col-count = Records
certificate-col-until = Until
certificate-backups = Backups
certificate-backups-text = The last backup that still holds a copy expires on { $date } at the latest. From then on the removal or correction is final.
certificate-shows = What this shows
certificate-shows-words = What the certificate file says was held in the log of { $controller }, to the letter, when the log was signed. If one character changes, the check fails.
certificate-shows-bound = { $controller } cannot change or drop the entry later without contradicting its own signature.
certificate-shows-anyone = Anyone can check this, without { $controller } and without the internet.
certificate-shows-not = What it does not show
certificate-shows-not-true = { $what ->
    [removal] That the data is gone. It shows what { $controller } states, and holds it to that.
   *[other] That the statement is true. It shows what { $controller } states, and holds it to that.
}
certificate-shows-not-elsewhere = What others hold, or systems that were not searched.
certificate-shows-not-who = Whom it is about. It names nobody.
certificate-seal = The signature
certificate-log = Log
certificate-entry = Entry
certificate-entry-of = { $entry } of { $size }, counted from 0
certificate-signed = Signed
certificate-root = Root of the log
certificate-witnesses = Witnesses
certificate-witnessed = also signed by { $name } on { $on }
certificate-alone = Signed by { $controller } alone. A second log with another content would be possible.
certificate-key = Key of the log
certificate-key-witness = Key of { $name }
certificate-command = To check
certificate-help = Explained at
certificate-salt = The file that says whom it is about
certificate-salt-text = This small file ties the certificate to your address. Without it the certificate names nobody. Keep it apart, and show it only to whoever must know that it is about you.
certificate-salt-download = Download certificate-salt.txt
certificate-back = Back to the request

# How anyone can check a certificate.
proof-title = How anyone can check a certificate
proof-lead = A certificate of ours can be checked by anyone, on any computer, even if we no longer exist. You need no knowledge of cryptography for it.
proof-steps = Step by step
proof-step-file = Take the certificate: the file certificate.json, from the page of the request or from whoever gave it to you.
proof-step-program = Get the program lethe, best from somebody other than us. It is free, and it works without the internet.
proof-step-key = Compare the key of our log below with one that you got another way: from an older printed certificate, or from a witness. A key that only we tell you today could be a new one.
proof-step-run = Put the certificate and the program into one folder, open a command line there, and run (on macOS and Linux with ./ before it):
proof-step-read = Read the answer. After VERIFIED it says what we certified, and who signed it and when. After REFUSED it says why: most often the file was changed or is not from us.
proof-you = Is it about me?
proof-you-text = The certificate names nobody. Whoever also has the small file certificate-salt.txt can check whether it belongs to an address. So keep that file apart, and give it only to whoever must know.
proof-mails = Our mails help too
proof-mails-text = Each of our mails ends with a few lines of letters and digits: the state of our log at that moment, signed. Keep them. If our log ever says something else than what a mail of yours says, we have rewritten it, and you can show that.
proof-experts = For experts
proof-expert-statement = The certificate without its member proof, as canonical JSON (RFC 8785), is hashed with SHA-256. The hash in lower-case hex stands in the log entry as detail.certificate.
proof-expert-leaf = The entry, in the member proof.leaf, is a leaf of a Merkle tree with SHA-256 (RFC 6962): its hash is over a zero byte and the bytes of the entry.
proof-expert-path = The way from the leaf to the signed root is a c2sp.org/tlog-proof@v1, in the member proof.tlog, also as a file of its own. The checkpoint in it is a C2SP signed note, signed with Ed25519.
proof-expert-witness = A witness signs a checkpoint only if it continues the one that it signed before (c2sp.org/tlog-witness, cosignature/v1).
proof-expert-salt = The first line of certificate-salt.txt is lethe-salt-v1, the second, decoded from base64, is the key of an HMAC-SHA-256 over certificate-v1, a zero byte and the address in lower case. The result, in lower-case hex, stands in the certificate as person.
proof-keys = The key of our log
proof-origin = The log is called
proof-since = Since
proof-until = Until
proof-col-key = Key
proof-witnesses = Witnesses
proof-witnesses-text = Witnesses are run by others. They sign the state of our log only if it continues the one that they saw before.
proof-witnesses-none = No witness signs our log. A check shows that we signed; it cannot show that we keep only one log.
proof-witness-at = Address
proof-checkpoint = The state of our log now
proof-checkpoint-text = Keep it, if you like. Any later state of our log must continue it.
