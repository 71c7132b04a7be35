# The registers beside the record of processing: copies outside the stores, and who may do what.

admin-nav-registers = Registers
admin-register = { $register ->
    [processing] Record of processing
    [statement] Privacy statement
    [copies] Copies outside
    [access] Access
    [holds] Legal holds
   *[installations] Installations
}

## Copies taken outside the stores

admin-copy-title = Copies outside the stores
admin-copy-one = Copy outside the stores
admin-copy-lead = An export on a laptop, a spreadsheet at the accountant’s, a dump for a developer: no store knows of it, so only its holder can erase it. A removal waits at its end until every copy that may hold the person is destroyed.
admin-copy-open = Open
admin-copy-none = No copy is open.
admin-copy-gone = Destroyed
admin-copy-enter = Enter a copy
admin-copy-enter-note = Enter it when it is taken. Names, places and reasons are stored sealed; once a copy is destroyed, whose it was is forgotten.
admin-copy-what = What was copied
admin-copy-what-hint = Which stores, or the file of which ticket.
admin-copy-no-what = Say in 2 to 500 characters what was copied
admin-copy-whose = Whose data
admin-copy-whose-choice = { $whose ->
    [everybody] Everybody’s
   *[one] One person’s
}
admin-copy-no-whose = Say whether it is everybody’s data or one person’s
admin-copy-person-hint = For one person’s data: an address, or the reference of a request.
admin-copy-holder = Held by
admin-copy-somebody-else = Somebody without an account
admin-copy-recipient = Name of somebody else
admin-copy-recipient-hint = For a holder without an account. Those who assign requests are reminded for them.
admin-copy-no-holder = Choose who holds it, or name somebody else
admin-copy-place = Where it lies
admin-copy-place-hint = The machine, the folder or the mailbox, so that it can be found again.
admin-copy-no-place = Say in 2 to 500 characters where it lies
admin-copy-why = What for
admin-copy-no-why = Say in 2 to 500 characters what it is for
admin-copy-taken = Taken
admin-copy-taken-later = It cannot have been taken in the future
admin-copy-until = Kept until
admin-copy-until-hint = Not after { $day }. On this day the holder is reminded, and then every week.
admin-copy-no-until = Choose the last day on which it is kept
admin-copy-until-past = The last day has to be today or later
admin-copy-until-far = The last day is further away than a copy may be kept
admin-copy-enter-button = Enter the copy
admin-copy-entered = Entered
admin-copy-state = { $state ->
    [open] Open
    [due] Ends today
    [overdue] Overdue
   *[destroyed] Destroyed
}
admin-copy-end = It is destroyed
admin-copy-end-note = Also in the bin, in backups of the machine and in mailboxes through which it went. Removals that waited for it alone close by themselves.
admin-copy-destroyed-on = Destroyed on
admin-copy-no-day = Choose the day on which it was destroyed
admin-copy-day-wrong = The day has to lie between the day on which it was taken and today
admin-copy-attested = Attested by
admin-copy-attested-hint = Who says so, by name.
admin-copy-no-attested = Say in 2 to 500 characters who attests it
admin-copy-end-button = Enter as destroyed
admin-copy-end-entered = End entered
admin-copy-extend = Still needed?
admin-copy-extend-note = Every removal of a person in it goes on waiting.
admin-copy-extend-button = Put off the end
admin-done-copy-entered = The copy is entered. Removals of whom it may hold wait for it at their end.
admin-done-copy-extended = The copy may be kept until its new day.
admin-done-copy-destroyed = The copy is entered as destroyed. What waited for it alone goes on.

# On the pages of a request.
admin-copy-notice = { $late ->
    [true] { $holder } holds a copy that was to be gone by { $until }
   *[false] { $holder } holds a copy, until { $until }
}
admin-copy-notice-text = { $erases ->
    [true] It may hold this person, and lies outside the stores. The removal cannot close before it is destroyed and that is entered; then it goes on by itself.
   *[false] It may hold this person, and lies outside the stores. What is done here does not reach it: tell its holder.
}
admin-copy-notice-link = Open the copy
admin-run-next-copies = The copies outside the stores are destroyed by their holders

## Who may do what

admin-access-title = Who may do what
admin-access-lead = Accounts, tokens of machines and keys in one list, so that somebody can look it through at regular times (Art. 32(1)(d)).
admin-access-due = { $late ->
    [true] Review was due by { $day }
   *[false] Next review by { $day }
}
admin-access-accounts = Accounts of staff
admin-access-who = Account
admin-access-may = May
admin-access-since = Since
admin-access-signed-in = Last sign-in
admin-access-sessions = Open sessions
admin-access-closed = Closed
admin-access-tokens = Tokens of machines
admin-access-no-tokens = No machine is let in.
admin-access-token = Token
admin-access-scopes = May ask for
admin-access-used = Last used
admin-access-keys = Keys and logins
admin-access-keys-note = By name and place; no key is ever shown.
admin-access-key = What
admin-access-key-name = Which
admin-access-key-place = For, or at
admin-access-review = Looked through?
admin-access-review-note = Close what is needed no more first: accounts on the page of staff, tokens with lethe tokens. If the list changes while you look, nothing is noted.
admin-access-review-button = I have looked it through
admin-access-reviews = Reviews
admin-access-no-reviews = Nobody has noted a review yet.
admin-access-when = When
admin-access-by = By
admin-access-what = What
admin-access-counts = { $accounts ->
    [one] One account
   *[other] { $accounts } accounts
}, { $tokens ->
    [0] no token
    [one] one token
   *[other] { $tokens } tokens
}
admin-access-state = { $current ->
    [true] Unchanged since
   *[false] Changed since
}
admin-done-access-reviewed = It is noted that you have looked it through.
access-key-kind = { $kind ->
    [key-file] Key file
    [install-keys] Keys of app installations
    [mailbox] Login of a mailbox
   *[recipient] Secret of a webhook
}
access-key-purpose = { $purpose ->
    [master] wraps the keys of requests
    [search] digests by which people are found
    [store] seals long-lived columns
   *[link] unsubscribe links
}
admin-permission = { $permission ->
    [work] see requests
    [decide] decide
    [assign] assign
    [enter] enter requests
    [look_up] search people
    [object] enter objections
    [stores] see the stores
    [audit] read the trail
    [staff] manage accounts
    [tokens] let machines in
    [retention] let sweeps go on
    [hold] place legal holds
    [announce] announce statements
    [copies] enter copies
   *[review_access] review access
}

## Statistics inside a request

admin-statistics = Statistics that lead to a person
admin-statistics-note = They are pseudonymous, not anonymous, so they are inside the request (Art. 4(5)).
admin-statistic = Statistic
admin-statistic-by = Found by
admin-statistic-do = What to do
admin-statistic-todo = { $where ->
    [store] Found and worked with the records of this store.
   *[outside] { $kind ->
        [access] Look the person up there by hand, and send what you find with a message.
        [rectification] Look the person up there by hand, and correct what you find.
       *[erasure] Look the person up there by hand, and remove what you find.
    }
}
