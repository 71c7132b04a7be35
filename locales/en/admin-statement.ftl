# The privacy statement and the registers, for staff.

admin-statement-since = In force since
admin-statement-read = Read it
admin-statement-none = No version is in force yet. The first worker that starts stores one.
admin-statement-changes = What has changed
admin-statement-changes-note = Between version { $version }, which people were told of last, and the one in force.
admin-statement-what = About
admin-statement-before = Before
admin-statement-after = Now
admin-statement-new = New
admin-statement-gone = Gone
admin-statement-same = Nothing that people would notice. Only our own notes have changed.
admin-statement-letter = The letter
admin-statement-people = { $n ->
    [one] It would go to { $n } person: a contact of a licence or a trial whose period still runs.
   *[other] It would go to { $n } people: contacts of licences and trials whose period still runs.
} Who has unsubscribed from news gets it too. Who was erased, or whose processing is restricted, does not.
admin-statement-send = Tell them
admin-statement-send-note = One letter for each address. A worker writes them in batches; this page shows how far it is.
admin-statement-send-button = { $n ->
    [one] Send to { $n } person
   *[other] Send to { $n } people
}
admin-statement-exempt = Needs no notice
admin-statement-exempt-note = For a change that takes nothing from anybody. The reason stays in the trail.
admin-statement-reason = Reason
admin-statement-exempt-button = Send nothing
admin-statement-no-reason = Say why nobody need be told.
admin-statement-long-reason = At most 500 characters.
admin-statement-told = People know this version
admin-statement-past = Decisions
admin-statement-version = Version
admin-statement-when = When
admin-statement-by = By
admin-statement-decided = Decision
admin-statement-decision = { $decision ->
    [first] The first version
    [send] People are told
   *[needless] Needs no notice
}
admin-statement-progress = { $state ->
    [done] Done
   *[open] Under way
}: { $letters } letters, { $passed } addresses passed over
admin-done-announced = The letters are being written.
admin-done-not-announced = Noted. Nobody is written to.
admin-done-notice = The notice is tried anew.

admin-registers = Record of processing
register-people = Whose data
register-people-customer = Contacts at customers and prospects
register-people-ticket = Who writes to support, and whom they name
register-people-all = All of them
register-people-requests = Who makes a request, and staff
register-fields = Fields
register-direct = Names the person, in
register-linked = Leads to a person (pseudonymous, inside every request), in
register-content = Holds what somebody wrote or uploaded, in
register-plain = Leads to nobody, in
register-people-users = Who uses our apps
register-statistics-why = To make the apps better, and to find faults in them
register-copies-open = Open the register of copies
register-copy-end = { $state ->
    [destroyed] Destroyed on { $day }.
    [overdue] Was to be destroyed by { $day }.
   *[open] Until { $day }.
}
register-security = Security measures
register-security-roles = Roles decide who may do what; a removal can ask for two people.
register-security-looks = Every look at personal data is recorded with its reason.
register-security-sealed = Requests, letters and bundles are sealed with keys that lie outside the database; each request has a key of its own, which is destroyed.
register-security-trail = Every deed is an entry of a signed log that cannot be changed unseen.
register-security-erased = What was erased is overwritten, searched for again, and kept out of imports and restored backups.
register-security-transport = Pages, mail and messages to other systems go over TLS.
register-failed = Recipients that could not be told
register-failed-note = A removal or a correction that they must hear of (Article 19). Tell them on another way, or mend the address and try again.
register-recipient = Recipient
register-since = Since
register-trouble = What stands in the way
register-mend = Mend
register-mail = On the page of the mail
register-retry = Try again
