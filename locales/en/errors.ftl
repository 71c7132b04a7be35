# Pages for what went wrong: a title, what happened, what to do next.

error-400 = We could not read that
error-400-what = What your browser sent is not complete.
error-400-next = Go back, load the page again, and send it once more.
error-403 = This page was open too long
error-403-what = To protect you, a form works for a while only, and only in the browser that opened it. Nothing was changed.
error-403-next = Go back, load the page again, and send it once more.
error-404 = There is no such page
error-404-what = The address is mistyped, or the page is gone.
error-404-next = If you came by a link in a mail, check that the whole link was copied.
error-409 = Something changed in the meantime
error-409-what = While this page was open, your request moved on. What you sent was not done.
error-409-next = Open the page again to see how it stands now.
error-413 = That is too large
error-413-what = What you sent is larger than we can take here. Nothing was kept.
error-413-next = Shorten the text and send it again.
error-422 = Something in the form is not right
error-422-what = We could not use what was filled in. Nothing was changed.
error-422-next = Go back and look at the form again.
error-429 = Too many tries
error-429-what = Many requests came from your network in a short time, so we wait. Nothing was changed.
error-429-next = Try again in a few minutes.
error-500 = Something went wrong here
error-500-what = The fault is ours, not yours. We do not know yet whether what you sent has arrived.
error-500-next = Try again in a few minutes. Asking twice does no harm: the same request counts once.
error-503 = We are closed for a moment
error-503-what = The portal is being worked on, or cannot reach its database. Nothing was changed.
error-503-next = Try again in a few minutes.
# $link is the vendor’s mail address.
error-write = Does it happen again? Write to { $link }; a mail counts just the same.
error-quote = Quote this
