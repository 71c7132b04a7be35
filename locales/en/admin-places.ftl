## Stores

admin-stores-lead = { $n ->
    [one] One place where people’s data lives. Every request looks in it.
   *[other] { $n } places where people’s data lives. Every request looks in all of them.
}
admin-stores-none = No store is configured. Requests find nothing until there is one.
admin-health = { $health ->
    [well] Well
    [slow] Slow
    [limited] May not do everything
   *[unreachable] Not reachable
}
admin-import-note = read { $read }, changed { $changed }, suppressed { $suppressed }
admin-calendar = Calendar
admin-fact-country = Country and zone
admin-fact-holidays = Holidays known
admin-fact-holidays-until = to { $date }
admin-mail = Mail
admin-fact-mail-out = Out
admin-fact-mail-waiting = { $n ->
    [0] Nothing waits
    [one] { $n } mail waits
   *[other] { $n } mails wait
}
admin-fact-mail-failed = Failed

## Audit trail

admin-audit-lead = { $entries } entries. None holds a name, an address or a word anyone wrote.
admin-audit-search = Reference or entry number
admin-audit-none = No entry yet.
admin-audit-none-match = No entry matches.
admin-audit-show-all = Show all entries
admin-newest-first = Newest first
admin-newest = Newest
admin-older = Older
# What an entry records; the actions of the trail.
admin-event = { $action ->
    [received] Received
    [identity_checked] Identity proved
    [code_refused] Wrong code
    [denied] “This was not me”
    [joined] Joined to an open request
    [lapsed] Lapsed without confirmation
    [searched] Searched the stores
    [viewed] Looked at personal data
    [looked_up] Looked up a person
    [assigned] Assigned
    [untaken] Nobody took it within a working day
    [proposed] Agreed, a second person needed
    [accepted] Accepted
    [refused] Refused
    [extended] Extended
    [asked] Asked for more
    [answered] Question answered
    [withdrawn] Withdrawn
    [message_sent] Message sent
    [note_added] Note added
    [item_decided] Decision on a record changed
    [candidate_answered] Possible match answered
    [field_decided] Value decided
    [restricted] Processing restricted
    [restriction_lifted] Restriction lifted
    [erase_intended] About to erase
    [erased] Erased
    [rectify_intended] About to correct
    [rectified] Corrected
    [exported] Read for the review
    [verified_empty] Searched again, nothing left
    [step_failed] Step failed
    [retried] Tried again
    [task_opened] Given to a person
    [task_attested] Done by hand
    [handed_over] Taken over from the program
    [delivered] Bundle handed over
    [bundle_deleted] Bundle erased
    [closed] Closed
    [unsubscribed] Unsubscribed
    [resubscribed] Unsubscribing undone
    [mail_judged] Mail came in
    [mail_settled] Mail settled
    [letter_returned] Letter came back
    [letter_retried] Letter tried anew
    [objection_lifted] Objection lifted by staff
    [hold_placed] Legal hold placed
    [hold_reviewed] Legal hold reviewed
    [hold_lifted] Legal hold ended
    [copy_entered] Copy outside the stores entered
    [copy_extended] End of a copy outside put off
    [copy_destroyed] Copy outside the stores destroyed
    [access_reviewed] Who may do what was looked through
    [held_released] Let go by a legal hold
    [token_added] Token for a machine added
    [token_revoked] Token for a machine ended
    [app_installed] An app was installed
    [app_uninstalled] An app was uninstalled
    [app_noted] An app told something
    [policy_changed] Privacy statement changed
    [policy_announced] People are told of a changed statement
    [policy_not_announced] Changed statement needs no notice
    [recipient_notified] Recipient told of a removal or correction
    [imported] Import
    [erased_at_source] Erased at the source
    [signed_in] Signed in
    [sign_in_begun] Password right, second step begun
    [sign_in_failed] Sign-in failed
    [factor_refused] Code of the second factor wrong
    [signed_out] Signed out
    [staff_added] Account added
    [staff_deactivated] Account deactivated
    [password_changed] Password changed
    [factor_added] Second factor added
    [factor_removed] Second factor removed
    [recovery_codes_renewed] Recovery codes made anew
    [recovery_code_used] Recovery code used
    [status_opened] Status page opened
    [shredded] Key destroyed
    [certified] Certificate issued
    [checkpoint_sent] A witness signed a checkpoint
    [witness_refused] A witness refused a checkpoint
    [log_started] New log begun, entries of the old one were lost
    [pruned] Old entries reduced to their hashes, pseudonym key of the year destroyed
    [found_broken] A check found the trail broken
    [trail_exported] Entries of the trail exported
    [replayed] What a restored database had brought back was erased again
    [restored] A backup was put back
    [journal_joined] An erasure journal was taken up
    [journal_given_up] An erasure journal was given up as lost
    [backup_made] Backup made
    [backup_entered] Backup entered
    [backup_deleted] Backup deleted
    [export_intended] About to read for the review
    [forgotten] Personal particulars of old entries deleted
   *[other] { $action }
}
admin-any-event = All events
admin-actor = { $actor ->
    [requester] The person
    [operator] The operator
   *[system] Lethe
}
admin-tree-unbroken = Unbroken since the first entry
admin-tree-unbroken-text = All { $size } entries were hashed again, { $when }. The result is the root below.
admin-tree-unchecked = Not checked yet
admin-tree-unchecked-text = A check hashes every entry again and compares it with the tree.
admin-tree-behind = { $n ->
    [one] { $n } entry waits for the tree
   *[other] { $n } entries wait for the tree
}
admin-tree-behind-text = The oldest waits since { $since }. They are recorded and safe, but cannot be proved yet. If the number does not fall, see whether the worker runs.
admin-tree-broken = The trail is not intact
admin-tree-broken-at = The trail does not match its tree at entry { $entry }
# What is wrong, as a sentence.
admin-broken = { $what ->
    [changed] The entry was changed after it was written, or stands in the place of another.
    [missing] The entry is gone.
    [columns] What this list shows of the entry is not what the entry says.
    [node] A hash inside the tree was changed.
    [lost] Entries are missing at the end.
    [signature] A stored checkpoint does not bear the signature of our key.
    [checkpoint] The tree is not the one that we signed.
   *[other] An entry does not fit the tree: it was changed, moved or removed after it was written.
}
admin-tree-broken-text = Change nothing, keep the database as it is, and call whoever runs this server.
admin-tree-rolled-back = The trail is older than what was signed
admin-tree-rolled-back-text = A signed checkpoint covers more entries than the database holds. Most likely a backup was restored.
admin-tree-rolled-back-next = Nothing is signed until somebody has decided how to go on. Call whoever runs this server: either a newer backup is put back, or a new log begins and says so.
admin-tree-blind = The last checkpoint cannot be read
admin-tree-blind-text = The file that holds it, beside the erasure journal, is damaged or out of reach. Entries are recorded and safe, but nothing is placed in the tree or signed until it is put back. Call whoever runs this server.
admin-checkpoint = Signed
admin-checkpoint-of = { $size } entries
admin-checkpoint-at = Signed at
admin-checkpoint-key = By the key
admin-witnesses = Witnesses
admin-witnesses-none = No witness is named in the configuration. Whoever holds the database and the signing key could keep a second trail, and nobody would see it.
admin-witness-agrees = Agrees
admin-witness-trouble = { $why ->
    [silent] Does not answer
    [other-log] Has seen another log
    [unknown-log] Does not know our log
    [refused] Refuses our signature
   *[wrong-answer] Answers with a wrong signature
}
admin-unfinished-text = Each was announced before it was tried, and nothing says what became of it. A run that still works gives the outcome itself.
admin-export = Export
admin-export-text = The entries with their proofs and the signed checkpoint, or the whole trail, which proves itself: anyone can check the file without this server. The export is an entry.
admin-export-these = Export these entries with proofs
admin-export-all = Export the whole trail
admin-tree-size = Tree size
admin-tree-root = Root
admin-tree-check = Check it yourself
admin-tree-check-now = Check now
admin-tree-checking = The trail is being checked; this page shows the result.
admin-entry-integrated = In the tree
admin-entry-waiting = Waits for the tree
admin-entry-waits = waits
admin-entry-waiting-text = The entry is recorded and safe. It has no number and no proof until the worker gives it a place in the tree; that takes a second.
admin-entry-proof = Proof
admin-entry-proof-button = Download the proof
admin-entry-proof-hint = A file (.tlog-proof) that shows, without this server, that the signed log holds this entry.
admin-entry-hash = Leaf hash
admin-entry-leaf = The leaf
admin-entry-leaf-hint = Spaced for reading; the hash is over the same without spaces (RFC 8785).
admin-entry-neighbours = Neighbours
admin-entry-before = Entry before
admin-entry-after = Entry after

## Staff

admin-staff-lead = Who has an account, and what it may do. Every change is an entry of the audit trail.
admin-staff-add = Add an account
admin-staff-add-note = You get a password for it on the next page, once.
admin-staff-contract = Contract (subcontractors only)
admin-staff-contract-hint = The reference of the processing contract (Art. 28(3)).
admin-staff-no-contract = A subcontractor needs the reference of their contract
admin-staff-ends = Ends on (subcontractors only)
admin-staff-ends-hint = The account switches itself off after this day.
admin-staff-no-end = A subcontractor’s account needs an end date
admin-staff-email-wrong = This email address needs an ending, like name@company.com
admin-staff-email-taken = There is an account with this address already
admin-staff-no-name = Give the name that colleagues see
admin-staff-no-role = Choose a role
admin-staff-terms = Contract { $contract }, ends { $date }
admin-staff-button = Add the account
admin-account-title = { $name } has an account
admin-account-once = The password stands here and nowhere else. Hand it over in person or by phone, and ask for it to be changed after the first sign-in.
admin-account-back = I have it; back to the accounts
admin-deactivate = Deactivate
admin-inactive = Deactivated
admin-deactivation-title = Deactivate the account of { $name }?
admin-deactivation-sessions = Every session ends at once, and nobody can sign in with it again.
admin-deactivation-open = { $n ->
    [0] No open request is assigned to it.
    [one] One open request is then assigned to nobody.
   *[other] { $n } open requests are then assigned to nobody.
}
admin-deactivation-trail = What it did stays in the audit trail.
admin-deactivation-button = Deactivate { $name }

## Objections

admin-objections-title = Objections to news
admin-objections-lead = Who must not be written to. An address is looked up with your reason; nobody can list them.
admin-objections-no-address = This is no address
admin-objections-button = Look up
admin-objections-none = This address objects to nothing.
admin-objections-list = List
admin-objections-all = All news
admin-objections-since = Since
admin-objections-how = How
admin-objection-channel = { $channel ->
    [one_click] One click in the mail program
    [page] On the page of the link
    [mail] By mail
    [typed] Typed address
    [staff] Entered by staff
   *[other] { $channel }
}
admin-objections-add = Enter an objection
admin-objections-add-note = It works at once. Everybody may object at any time and without a reason (Art. 21(2)); yours says how you know.
admin-objections-why = Your reason
admin-objections-no-list = Choose a list
admin-objections-add-button = Enter it
admin-objections-lift = Lift an objection
admin-objections-lift-note = Only if the person wants it. They get a mail that says so, with a link that ends the news again.
admin-objections-lift-button = Lift it and tell the person
admin-done-objected = The objection is entered. Every mailing tool hears of it.
admin-done-lifted = The objection is lifted. A mail to the person is on its way.
admin-senders = Mailing tools
admin-senders-note = Each must apply every change within a day.
admin-senders-none = No tool has a token. Whatever sends news must ask before it writes: see lethe tokens add and lethe suppressions filter.
admin-senders-way = Hears of it
admin-sender-way = { $way ->
    [webhook] By webhook
   *[feed] Asks by itself
}
admin-sender-waiting = { $n ->
    [0] Has applied everything
    [one] One change waits
   *[other] { $n } changes wait
}
admin-sender-late = { $n ->
    [one] One change waits since { $since }
   *[other] { $n } changes wait since { $since }
}

## Tokens of machines, on the command line

tokens-name = a name is 1 to 64 letters, digits, - and _, like newsletter
tokens-taken = a token of this name is in force; end it first with lethe tokens revoke
tokens-scope = say what it may do: suppressions, links, lifecycle
tokens-webhook = a webhook is https://HOST/PATH, without a name or password; http:// is for this machine alone
tokens-webhook-scope = a webhook tells of objections, so it needs the scope suppressions

## Legal holds

admin-hold-title = Legal holds
admin-hold-one = Legal hold
admin-hold-lead = What concerns a person stays while a legal claim needs it (Art. 17(3)(e)). A hold stops every removal and every sweep. Only leads and administrators read what it is about.
admin-hold-standing = In force
admin-hold-none = No hold is in force.
admin-hold-place = Place a hold
admin-hold-place-note = It works at once, also for a removal that is being carried out.
admin-hold-person = Person
admin-hold-person-hint = An address, or the reference of a request.
admin-hold-no-person = This is neither an address nor the reference of a request that is still on file
admin-hold-matter = Matter
admin-hold-matter-hint = What it is about, so that the review can tell whether it is still needed. The person never reads it.
admin-hold-no-matter = Say in 3 to 500 characters what it is about
admin-hold-author = Asked for by
admin-hold-author-hint = The lawyer, authority or department that needs it. The person never reads it.
admin-hold-no-author = Say in 3 to 500 characters who asked for it
admin-hold-review = Review by
admin-hold-review-hint = A year from now at the latest. Leads are reminded two weeks before. The person is told this day.
admin-hold-no-review = Choose the day of the review
admin-hold-review-past = The day of the review has to be in the future
admin-hold-review-far = The day of the review has to be within a year
admin-hold-until = Last day
admin-hold-until-hint = If you know it. On the day after, the hold ends by itself.
admin-hold-until-past = The last day has passed
admin-hold-no-end = Not known
admin-hold-place-button = Place the hold
admin-hold-ended-list = Ended
admin-hold-ended = Ended
admin-hold-placed = Placed
admin-hold-stopped = Records it has kept from going
admin-hold-why-lifted = Why it was lifted
admin-hold-state = { $state ->
    [in-force] In force
    [soon] Review within two weeks
    [due] Review is due
    [lifted] Lifted
   *[expired] Past its last day
}
admin-hold-review-title = Still needed?
admin-hold-review-note = Set the next day of review. Whose records it keeps after a request is told that day.
admin-hold-next-review = Next review by
admin-hold-review-button = It is still needed
admin-hold-from-journal = Came back from the erasure journal after a restore; to be completed
admin-hold-words = What is it about?
admin-hold-words-note = The database was put back from before this hold was placed. The erasure journal knows its days and its person, as a digest, and nothing more. It is in force all the same.
admin-hold-words-person-hint = The address, or the reference of a request. It is compared with the digest.
admin-hold-other-person = The hold is on somebody else
admin-hold-words-button = Complete the hold
admin-hold-lift = Lift it
admin-hold-lift-note = What no other hold keeps then goes by itself, and the person hears of it. This cannot be taken back.
admin-hold-reason = Why it is needed no more
admin-hold-reason-hint = Stays inside, with the hold.
admin-hold-no-reason = Say in 3 to 500 characters why it is needed no more
admin-hold-lift-button = Lift the hold
admin-done-hold-placed = The hold is in force. Nothing of this person is erased from now on.
admin-done-hold-reviewed = The hold goes on until its next review.
admin-done-hold-completed = The hold says again what it is about.
admin-done-hold-lifted = The hold is lifted. What it alone kept goes now.

admin-store-last = last answered { $when }
