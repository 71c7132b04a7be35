# Mails. Titles are subjects too. Texts that a page also says are taken from there.

mail-subject = { $title } ({ $reference })
mail-reference = Reference { $reference }
mail-answer = You can answer this mail; a person reads it.
mail-copy = Or copy this address into your browser:
mail-open = Open my request
# Above a signed text that programs read, at the very end.
mail-checkpoint = For later checks: the state of our log when we wrote this. You need not do anything with it.
mail-why = Why
mail-page = On the page of your request you can follow the work, write to us and withdraw:
mail-remedies = Answer this mail. You can also complain to { $authority } or go to court.

mail-confirmation-asked = { $kind ->
    [review] On { $asked }, somebody asked us for a copy of the personal data we hold under your address. Was it you?
    [rectification] On { $asked }, somebody asked us to correct the personal data we hold under your address. Was it you?
    [removal] On { $asked }, somebody asked us to remove the personal data we hold under your address. Was it you?
   *[unsubscribe] On { $asked }, somebody asked us to stop sending news to your address. Was it you?
}
mail-one-step = Then one step is left. Open this page and press the button there:
mail-step-code = Then two steps are left. First, keep this code at hand:
mail-step-link = Second, open this page and type the code there:
mail-proof-until = This works until { $until }. Opening the page alone changes nothing.
mail-not-you = It was not you?
mail-not-you-text = { $kind ->
    [removal] Do nothing. Without the code nothing is removed, and the request is forgotten.
   *[other] Do nothing. Nothing happens, and the request is forgotten.
}

mail-reminder = Your request still waits for you
mail-reminder-asked = { $kind ->
    [review] On { $asked }, somebody asked us for a copy of the personal data we hold under your address. It was not confirmed yet. Was it you?
    [rectification] On { $asked }, somebody asked us to correct the personal data we hold under your address. It was not confirmed yet. Was it you?
    [removal] On { $asked }, somebody asked us to remove the personal data we hold under your address. It was not confirmed yet. Was it you?
   *[unsubscribe] On { $asked }, somebody asked us to stop sending news to your address. It was not confirmed yet. Was it you?
}
mail-reminder-else = If you do nothing, the request is forgotten on { $until }. We do not remind you again.

mail-received = { $kind ->
    [review] You asked for a copy of your data. You hear from us by { $due }.
    [rectification] You asked us to correct your data. You hear from us by { $due }.
    [removal] You asked us to remove your data. You hear from us by { $due }.
   *[unsubscribe] You asked us to send no more news. You hear from us by { $due }.
}
mail-joined = You had asked us this already
mail-joined-text = { $kind ->
    [review] Your request for a copy of your data is under way, so we have added the new one to it.
    [rectification] Your request for a correction is under way, so we have added the new one to it.
    [removal] Your request for a removal is under way, so we have added the new one to it.
   *[unsubscribe] Your request is under way, so we have added the new one to it.
} The date stays the same: you hear from us by { $due }.

mail-status = Your link to your request
mail-status-asked = Somebody, probably you, asked us for a link to the requests made with this address.
mail-status-none = There is no request with this address. If you used another one, ask with that.
mail-status-until = This works until { $until }. Opening it alone changes nothing.
mail-status-not-you = If it was not you, do nothing. Nobody but you gets this link.

mail-message = We have written to you
mail-message-text = There is a message about your request. To keep it private, it stands on the page of your request and not in this mail.
mail-message-open = Read the message
mail-question = We have a question
mail-question-text = To go on with your request, we need an answer from you. To keep it private, the question stands on the page of your request and not in this mail.
mail-question-open = Read and answer
mail-extension = It takes longer than a month
mail-extension-text = We cannot finish your request within the month. You hear from us by { $due }.
mail-refusal-text = We have looked at your request and refuse it. Below are the reason and what you can do about it.

mail-bundle-text = The copy of your data lies on the page of your request until { $until }. When you download it, we mail you a code.
mail-code = Your code
mail-code-text = To download the copy of your data, type this code on the page of your request:
mail-code-until = It works once, until { $until }.
mail-code-not-you = You did not ask for a code? Answer this mail at once. Somebody may have the link to your request.

mail-erased-dates = Asked on { $asked }, done on { $done }.
mail-removed = Removed
mail-kept = Kept, and until when
mail-removed-in-all = Removed in all
mail-held-gone = What we had kept is removed
mail-held-gone-text = We had answered your request and kept records of you, because they were needed for a legal claim (GDPR Article 17(3)(e)). They are needed no more. On { $done } we removed them and searched again.
mail-held-proof = On the page of your request there is a new certificate that says so.
mail-still-held = We still keep data of yours
mail-still-held-text = When we answered your request, we kept records of you because they are needed for a legal claim (GDPR Article 17(3)(e)). They still are. They stay at least until { $until }; by then we look again. Once they are needed no more, we remove them without your asking again, and write to you. Until then we use them for that claim and for nothing else.
mail-proof = Your proof
mail-proof-text = On the page of your request you can download a certificate that anyone can check, even if we no longer exist. The page stays until { $until }; the certificate is yours to keep.

mail-withdrawn-text = { $kind ->
    [review] On { $on } you withdrew your request. We have stopped collecting, and you get no copy.
    [rectification] On { $on } you withdrew your request. We have stopped, and what we hold stays as it is.
    [removal] On { $on } you withdrew your request. We have stopped, and nothing more is removed.
   *[unsubscribe] On { $on } you withdrew your request.
}
mail-unsubscribed = On { $on } somebody typed this address and asked us to send it no more news. It works from now on, for all our lists.
mail-unsubscribed-undo = Then take it back here:
mail-lifted = You get our news again
mail-lifted-list = { $by ->
    [staff] On { $on } our staff lifted your objection to { $list }. From now on this address may get it again.
   *[link] On { $on } a link for this address was used to get { $list } again. From now on this address may get it.
}
mail-lifted-all = { $by ->
    [staff] On { $on } our staff lifted your objection to all news. From now on this address may get it again.
   *[link] On { $on } a link for this address was used to get our news again. From now on this address may get it.
}
mail-lifted-not-you = Is that not what you want?
mail-lifted-again = Then end it here, at once and without a reason:

# To staff.
mail-staff-foot = You get this mail because you work on requests at this address.
mail-staff-open = Open the request
mail-assigned = A request is yours
mail-assigned-text = { $kind ->
    [review] It asks for a copy of all data. It is due on { $due }.
    [rectification] It asks for a correction. It is due on { $due }.
    [removal] It asks for a removal. It is due on { $due }.
   *[unsubscribe] It objects to marketing. It is due on { $due }.
}
mail-untaken = Nobody has taken this request
mail-untaken-text = { $kind ->
    [review] It asks for a copy of all data, came on { $received } and is due on { $due }.
    [rectification] It asks for a correction, came on { $received } and is due on { $due }.
    [removal] It asks for a removal, came on { $received } and is due on { $due }.
   *[unsubscribe] It objects to marketing, came on { $received } and is due on { $due }.
} A working day has passed. Take it, or give it to somebody.
mail-halted = A run needs a person
mail-halted-text = The run stands still at { $store }, for this reason:
mail-halted-open = Open the run
# About one's own sign-in.
mail-factor = { $news ->
    [added] Your second factor was added
    [removed] Your second factor was removed
    [removed_by_other] Your second factor was removed
    [codes_renewed] Your recovery codes were made anew
   *[code_used] A recovery code of yours was used
}
mail-factor-text = { $news ->
    [added] On { $on } an authenticator app was added to your account. From now on you need a code of it to sign in.
    [removed] On { $on } you removed the authenticator app from your account. Its codes and your recovery codes are worth nothing any more.
    [removed_by_other] On { $on } an administrator removed the authenticator app from your account, and all your sessions ended. Your password alone signs you in until you add a new one.
    [codes_renewed] On { $on } you made new recovery codes. The old ones are worth nothing any more.
   *[code_used] { $left ->
        [0] On { $on } a recovery code was used. It was your last one: make new ones.
        [one] On { $on } a recovery code was used. One is left: make new ones.
       *[other] On { $on } a recovery code was used. { $left } are left.
    }
}
mail-factor-not-you = If that was not you, or not agreed with you, tell an administrator now, and change your password.
mail-factor-open = Your second factor
mail-sweep-waits = A clean-up waits for a person
mail-sweep-waits-text = { $waits ->
    [report-old] { $records ->
        [one] The time of one record has come by the rules of the privacy statement.
       *[other] The time of { $records } records has come by the rules of the privacy statement.
    } The report of licences is old, though, so a renewal may be unknown. Import a new report, or look at the records and let the clean-up go on.
   *[large] { $records ->
        [one] The time of one record has come by the rules of the privacy statement.
       *[other] The time of { $records } records has come by the rules of the privacy statement.
    } That is more than usual, so nothing is removed until somebody has looked.
}
mail-sweep-waits-open = Look at the clean-up
mail-hold-review = { $due ->
    [true] The review of a legal hold is due
   *[false] The review of a legal hold is near
}
mail-hold-review-text = { $due ->
    [true] It was to be reviewed by { $review }. Until somebody says that it is still needed, or lifts it, every day needs a reason that nobody has given.
   *[false] It is to be reviewed by { $review }. Say then that it is still needed, or lift it.
}
mail-hold-open = Open the legal holds
mail-copy-due = { $late ->
    [true] A copy outside the stores is overdue
   *[false] A copy outside the stores ends today
}
mail-copy-due-text = { $late ->
    [true] { $holder } holds a copy of personal data that was to be gone by { $until }. Destroy it and enter that, or put off its end with a reason. This note is sent every week.
   *[false] { $holder } holds a copy of personal data until { $until }. Destroy it and enter that, or put off its end.
}
mail-copy-waits = A removal waits for a copy outside the stores
mail-copy-waits-text = Every store is empty of this person, but { $holder } holds a copy that may have them, until { $until }. The removal cannot close before the copy is destroyed and that is entered; then it goes on by itself.
mail-copy-open = Open the copy
mail-waits = A mail needs a person
mail-waits-text = A mail came in that no machine can judge. If it is a request, its time runs from the day it came. This note is sent once a day.
mail-waits-open = Open the mail

# The privacy statement has changed. $after and $before are whole sentences.
mail-statement = { $vendor } has changed its privacy statement
mail-statement-text = Since { $since } another version is in force. Your data is with us because you are named on a licence or a trial, so we tell you what has changed.
mail-statement-changes = What has changed
mail-statement-changed = { $title }: { $after } (Before: { $before })
mail-statement-added = New: { $title }. { $after }
mail-statement-gone = No longer: { $title }. { $before }
mail-statement-whole = The whole statement
mail-statement-why = This is no advertising: everybody whose data we keep gets it once, also who has unsubscribed. With the same page you can have your data corrected or removed.

# To a recipient of data (Art. 19).
mail-notice = { $act ->
    [removal] Data that you received was removed
    [retention] Data that you received was removed at the end of its period
   *[rectification] Data that you received was corrected
}
mail-notice-text = { $act ->
    [removal] A person asked us to remove their data, and we did. You received some of it from us. Please remove the records below too, and all copies.
    [retention] We have removed data whose period of retention has ended. You received some of it from us. Please remove the records below too, and all copies, unless you have a ground of your own to keep them.
   *[rectification] A person asked us to correct their data, and we did. You received some of it from us. Please take over the correct values of the records below in the way in which you get our data.
}
mail-notice-records = The records
mail-notice-law = We must tell you so (Article 19 GDPR). If you cannot do it, answer this mail. It names nobody on purpose.
notice-record = { $category }: { $label }
notice-record-fields = { $category }: { $label } ({ $fields })
notice-more = { $n ->
    [one] and { $n } more record; ask us for the list
   *[other] and { $n } more records; ask us for the list
}

mail-task = Something is to be done by hand: { $store }
mail-task-text = No program can do this in { $store }. Please do it, and say so on its page, by { $due }. Until then the request stays open.
