# The pages on which a person asks, confirms and unsubscribes, and the privacy statement.

# The first page.
home-short-title = Your data
home-title = Your data at { $vendor }
home-lead = See what we hold about you, correct it, or have it removed. It costs nothing, and you need no account.
home-review = A copy of everything we hold about you, to read and to download.
home-rectification = Tell us what is wrong and what is right. We change it everywhere.
home-removal = We erase what we hold and check that it is gone. Where the law makes us keep something, we name the law and the day it goes.
home-unsubscribe = No more news from us. It works at once and needs no reason.
home-next = What happens next
home-next-ask = You ask
home-next-ask-text = Your email address is enough to start.
home-next-confirm = You confirm
home-next-confirm-text = We mail you a link, so that nobody can ask in your name.
home-next-answer = We answer
home-next-answer-text = Within a month at most. You can follow every step.
home-asked = Asked already?
# $link is the words of home-follow-link.
home-follow = { $link } with a link that we mail you.
home-follow-link = Follow your request
# $link is the vendor’s mail address.
home-write = You can also write to { $link } or send a letter. It counts just the same.

# Every form.
ask-back = Back to the four choices
ask-email = Your email address
ask-email-hint = The one you used with us, for a licence, a trial or a support ticket. We send a link there.
ask-details = Anything we should know?
ask-details-hint = You may leave this empty, and you need not give a reason. Leave out passwords and copies of your passport.
ask-send = Send my request

review-lead = We collect what every system we use holds about you. You get it to read, and as files for machines.
review-details-hint = You may leave this empty. For instance which product you used, or which ticket you mean. Leave out passwords and copies of your passport.
review-next = Next, we mail you a link to confirm. When the copy is ready, you download it with a code that we mail you.

rectification-lead = Fill in only what is wrong today.
rectification-email-hint = The one we know you by. We send a link there.
rectification-right = What is right
rectification-right-hint = Leave a line empty if what we have is correct.
rectification-other-hint = What is wrong, where you saw it, and how it should read.
rectification-next = Next, we mail you a link to confirm. We tell everyone who got the wrong data from us.

removal-lead = We look for you in every system we use, erase what we find, and tell you what went.
removal-scope = What should we remove?
removal-all = Everything you hold about me
removal-some = Only some of it
removal-some-hint = Say below what should go, for instance “my support tickets from 2024”.
removal-next = Next, we mail you a link and a code. Nothing is removed before you have used both.
removal-stays = Some things must stay for a while
removal-stays-link = How long we keep what
removal-stays-invoices = { $years ->
    [one] Invoices: { $years } year after the end of their year ({ $law })
   *[other] Invoices: { $years } years after the end of their year ({ $law })
}

unsubscribe-lead = No more news from us, to this address. It works at once and needs no reason.
unsubscribe-email-hint = The address our news comes to.
unsubscribe-send = Stop all news mails
unsubscribe-needed = You still get mails you need, for example about a ticket you opened or a licence that ends.

# In words, what somebody asked for.
asks = { $kind ->
    [review] A copy of everything we hold about you
    [rectification] Correction of your data
    [removal] Removal of everything we hold about you
   *[unsubscribe] No more news from us
}
asks-some = Removal of some of what we hold about you

# What is wrong with a field.
error-prefix = Error:
error-summary = { $count ->
    [one] One thing needs another look
   *[other] { $count } things need another look
}
error-email-missing = Enter your email address
error-email-ending = Your email address needs an ending, like name@company.com
error-email-wrong = Your email address must look like name@company.com
error-phone = Write the phone number with its country code, like +31 20 555 0143
error-nothing = Fill in at least one line: what is right
error-some-missing = Say what should be removed
error-message-missing = Write something first
error-too-long = Shorten this text to { $most } characters
error-code-missing = Enter the code from the mail
error-code-wrong = { $left ->
    [one] This is not the code from the mail. You can try once more
   *[other] This is not the code from the mail. You can try { $left } more times
}
error-code-late = This code is too old. Let us mail you a new one

# Check your mail.
sent-title = Check your mail
sent-lead = We have written to { $email }.
sent-lead-bare = We have written to you.
sent-do = { $kind ->
    [removal] The mail holds a link and a code. Open the link and type the code. Only then does your request count, so that nobody else can have your data removed.
   *[other] The mail holds a link. Open it and press the button. Only then does your request count, so that nobody else can ask in your name.
}
sent-sender = Sender
sent-subject = Subject
sent-until = Good until
sent-none = No mail after a few minutes?
sent-spam = Look in the spam folder.
# $link is the words of sent-wrong-link.
sent-wrong = Is the address right? If not, { $link }.
sent-wrong-link = ask again with another one
# $link is the vendor’s mail address.
sent-lost = No longer have that mailbox? Write to { $link } and we find another way.
sent-same = This page looks the same for every address, known to us or not. That protects you too.

# Confirm.
confirm-title = { $kind ->
    [review] Confirm your request for a copy
    [rectification] Confirm your correction
    [removal] Confirm your removal request
   *[unsubscribe] Confirm that you unsubscribe
}
confirm-lead = { $kind ->
    [removal] One code, one button. After this our staff start the work.
   *[other] One button. After this our staff start the work.
}
confirm-asks = Your request
confirm-asked = Asked
confirm-code = Code from the mail
confirm-code-hint = Six digits. They stand above the link.
confirm-button = Confirm my request
confirm-deny = I did not ask for this
confirm-withdraw = { $kind ->
    [removal] You can withdraw your request until the erasing starts. What is erased cannot come back.
   *[other] You can withdraw your request until it is done.
}
confirm-expired = This link does not work any more
confirm-expired-text = It is older than seven days, or a newer mail has replaced it. Nothing was done.
confirm-spent = This link is closed
confirm-spent-text = The wrong code was typed too often. Nothing was done. Ask again, and we mail you a new link and a new code.
confirm-already = You have confirmed this request already
confirm-already-text = There is nothing more to do. We have mailed you the reference and a link to its page.
confirm-denied = We have forgotten this request
confirm-denied-text = Nothing was done, and nothing of it is kept. Whoever typed your address learned nothing about you.
confirm-ended-again = Ask again
# $link is the vendor’s mail address.
confirm-ended-write = Questions? Write to { $link }; a person reads it.

# Received.
received-title = We have your request
received-reference = Your reference
received-due = You hear from us by
received-now = What happens now
# $link is the words of received-mailed-link.
received-mailed = We have mailed you the reference and a link to { $link }. There you can write to us, follow the work and withdraw.
received-mailed-link = the page of your request

# Unsubscribe with the link from a mail.
unsub-title = Unsubscribe from { $list }
unsub-lead = For { $address }. It works at once and needs no reason.
unsub-one = Unsubscribe
unsub-all = Stop all news mails
unsub-done = You are unsubscribed
unsub-done-list = We send you no more { $list }. A mail that is already on its way may still arrive.
unsub-done-all = We send you no more news. A mail that is already on its way may still arrive.
unsub-typed = We send no more news to { $email }. A mail that is already on its way may still arrive.
unsub-typed-notice = We send one mail to this address to say so. If you did not do this yourself, a link in it takes it back.
unsub-undo = That was a mistake, keep sending
unsub-undone = You get our news again
unsub-undone-text = Everything is as it was before.
unsub-guard = Your address stays on a list of people we must not write to, in a form that nobody can read back. That list is how we keep our word.
unsub-rights = The same link lets you
unsub-review = A copy of everything we hold about you.
unsub-rectification = Tell us what is wrong and what is right.
unsub-removal = We erase what we hold and check that it is gone.
unsub-rights-mail = For these three we first send a mail to the same address, to be sure that it is you.

# The privacy statement.
privacy-contents = On this page
privacy-ground = Legal ground
privacy-why-licence = To license our apps, to bill them and to support them
privacy-why-trial = To let you try our apps
privacy-why-ticket = To answer your questions
privacy-why-installation = To run an app where you installed it
privacy-why-other = To serve you as a customer
privacy-requests-why = To answer you, and to be able to show that we did
privacy-requests-gone = { $days ->
    [one] { $days } day after we are done
   *[other] { $days } days after we are done
}; what nobody confirms, { $unconfirmed ->
    [one] { $unconfirmed } day after it came
   *[other] { $unconfirmed } days after it came
}
privacy-copies = Copies that we make for you
privacy-copies-why = So that you can download them
privacy-copies-gone = { $days ->
    [one] { $days } day after the copy is ready
   *[other] { $days } days after the copy is ready
}
privacy-guards = The list of people we must not write to or take in again
privacy-guards-why = To keep our word: your address stands there in a form that nobody can read back
privacy-guards-gone = It stays
