## Mail, both ways

admin-nav-mail = Mail
admin-mail-lead = { $waiting ->
    [0] Everything that came in was read.
    [one] One mail that came in is being read.
   *[other] { $waiting } mails that came in are being read.
} { $queued ->
    [0] No letter waits to go out.
    [one] One letter waits to go out.
   *[other] { $queued } letters wait to go out.
}
admin-mail-views = Views of the mail
admin-mail-view = { $view ->
    [for-you] For a person
    [in] Came in
    [out] Going out
   *[sent] Sent
}
admin-mail-none-for-you = No mail waits for a person. What asks for a right became a request by itself.
admin-mail-none-in = No mail has come in.
admin-mail-none-out = Nothing waits to go out, and nothing failed.
admin-mail-none-sent = Nothing was sent in the last weeks.
admin-mail-from = From
admin-mail-to = To
admin-mail-subject = Subject
admin-mail-no-subject = Without a subject
admin-mail-nobody = No single sender
admin-mail-unknown = Unknown
admin-mail-not-read = Could not be read
admin-mail-taken-for = Taken for
admin-mail-unread = Being read
admin-mail-verdict = { $verdict ->
    [asks] A request; the sender is to confirm it
    [objects] An objection; done
    [unsubscribes] An Unsubscribe link; done
    [answers] An answer to us
    [automatic] Written by a machine
    [bounce] A letter came back
    [repeated] The same mail again
    [settled-request] Made a request by staff
    [settled-message] Put to a request by staff
    [settled-nothing] Nothing to do here
   *[unclear] Needs a person
}
admin-mail-why = { $why ->
    [unreadable] It is too large, or built so that it is not safe to open.
    [no-sender] It does not say who wrote it.
    [several-senders] It names several senders, so nobody can be asked to confirm.
    [locked] It is encrypted or packed in a way that is not opened here.
    [no-words] It has no words of its own.
    [no-kind] It does not clearly ask for one of the rights.
    [stranger] It answers the request of somebody else.
    [closed] It answers a request that is closed.
    [not-answered] It reads like a request, but came through a list or a machine that is never answered.
    [too-many] This address was answered often enough today.
    [busy] So many mails were answered in this hour that no more are. Their senders may be invented.
    [forged] The domain in From says that it is not theirs. Nobody was answered.
   *[not-handed-out] The mail server does not hand it out. It lies unread in its mailbox.
}
admin-mail-proof = { $proof ->
    [pass] Your mail server found the sender’s domain to be genuine. That proves no person.
    [fail] Your mail server found that the sender’s domain is not genuine.
   *[unknown] Nothing was found out about the sender’s domain.
}
admin-mail-sender = Sender’s domain
admin-mail-due = Answer due by
admin-mail-became = Request
admin-mail-came = Came by
admin-mail-piped = the mail server
admin-mail-asks = Seems to ask for
admin-mail-size = Size
admin-mail-size-text = { $size } KiB, { $attachments ->
    [0] no attachment
    [one] one attachment
   *[other] { $attachments } attachments
}
admin-mail-size-alone = { $size } KiB
admin-mail-kept = Kept
admin-mail-kept-part = Only the first 64 MiB are kept here. If it came from a mailbox, the whole mail still lies there.
admin-mail-number = Number in the mailbox
admin-mail-server-says = The mail server says
admin-mail-settled = Settled
admin-mail-original = Download the original
admin-mail-original-text = The mail as it came, with its attachments. They were not checked for harmful content.
admin-mail-settle = What should become of it?
admin-mail-as-request = It is a request
admin-mail-as-request-hint = It goes into the queue from the day it came, and the address is asked to confirm it.
admin-mail-as-message = It belongs to a request that is open
admin-mail-as-message-hint = It is put to the conversation if the person wrote it, and to the notes if somebody else did.
admin-mail-as-nothing = There is nothing to do about it here
admin-mail-as-nothing-hint = For example a question for support. It is deleted after 30 days.
admin-mail-kind = If it is a request: for what
admin-mail-email = If it is a request: whose data
admin-mail-email-hint = The address that is asked to confirm. Check it: what a mail says about its sender can be invented.
admin-mail-reference = If it belongs to a request: which one
admin-mail-reference-hint = The reference, such as 7K3M-Q2XA
admin-mail-why-nothing = If there is nothing to do: why
admin-mail-dismissal = { $why ->
    [no-request] It asks for none of the rights
    [support] A question for support
    [advertising] Advertising
    [invented] Its sender is invented
   *[elsewhere] It was dealt with in another way
}
admin-mail-no-why = Choose why there is nothing to do
admin-mail-tick = Tick the mail of { $from }, “{ $subject }”
admin-mail-dismissals = Nothing to do about the ticked mails
admin-mail-dismissals-hint = Each is noted in the trail with this reason, and deleted 30 days after it came.
admin-mail-dismissal-why = Why
admin-mail-dismissals-button = Close the ticked mails
admin-mail-none-ticked = Tick at least one mail
admin-mail-settle-button = Settle this mail
admin-mail-no-action = Choose what should become of the mail
admin-mail-no-kind = Choose what the request is for
admin-mail-reference-wrong = No open request has this reference
admin-mail-settled-before = Somebody settled this mail a moment ago. This page shows how.
admin-mail-letter = Letter
admin-mail-written = Written
admin-mail-try = Try again
admin-mail-no-words = The words of this letter are gone, so it cannot be sent again. Write a new message on the request.
admin-mail-next = { $trouble } Next try { $when }.
admin-mail-out-state = { $state ->
    [queued] Waits
    [failed] Needs a person
   *[sent] Sent
}
admin-mail-name = { $letter ->
    [confirmation] Asks for a confirmation
    [reminder] Reminds of a confirmation
    [received] Says that the request counts
    [joined] Says that two requests are one
    [status_links] Links to follow requests
    [message] Tells of a message
    [question] Tells of a question
    [extension] Says that it takes longer
    [refusal] Refusal
    [bundle_ready] Says that the copy is ready
    [bundle_code] The code for the copy
    [erased] Says what was removed
    [held_erased] Says that what a hold kept is removed
    [still_held] Says that a hold keeps it longer
    [hold_review] To staff: a hold is to be reviewed
    [copy_due] To staff: a copy outside is to be destroyed
    [copy_in_the_way] To staff: a removal waits for a copy outside
    [rectified] Says what was corrected
    [withdrawn] Confirms the withdrawal
    [unsubscribed] Confirms the unsubscribing
    [assigned] To staff: a request is theirs
    [untaken] To staff: nobody took a request
    [mail_waits] To staff: a mail needs a person
    [sweep_waits] To staff: a clean-up waits
    [run_halted] To staff: a run halted
    [task] To staff: something to do by hand
   *[other] { $letter }
}
admin-mail-boxes = Mailboxes
admin-mail-no-boxes = No mailbox is read. Name one in the configuration, or have the mail server hand mails to “lethe mail ingest”.
admin-mail-box = Mailbox
admin-mail-box-state = { $state ->
    [read] Is read
    [fails] Cannot be read
   *[new] Not read yet
}
admin-mail-box-stands = The mailbox { $name } cannot be read since { $since }
admin-mail-looked = Last look
admin-mail-newest = Newest mail
admin-done-mail = The mail is settled.
admin-done-mails = The ticked mails are settled.
admin-done-letter = The letter is tried again now.
admin-need-mail = { $n ->
    [one] One mail to judge
   *[other] { $n } mails to judge
}
admin-need-mailbox = A mailbox cannot be read
admin-message-mailed = by email
admin-message-mailed-unproved = by email, sender not proved
admin-letter-returned = This letter came back: { $letter }
admin-letter-said = It was written { $when }. The mail server said: { $trouble }.
admin-letter-other-way = The person must be reached another way.
admin-letter-again = Send it again
admin-letter-links = Write once more, with a link to the request
admin-letter-resent-before = Somebody wrote once more a moment ago.
admin-done-resent = A letter is on its way.
