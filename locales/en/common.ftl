# Words that stand on many pages, and how dates are put together.

# A date with a time of day.
moment = { $date }, { $time }
# A date with its day of the week.
date-with-weekday = { $weekday } { $date }

skip = Skip to the content
site-privacy = Privacy
site-statement = Privacy statement
site-follow = Follow a request
site-lethe = This portal runs on Lethe.

right-review = Review my data
right-rectification = Correct my data
right-removal = Remove my data
right-unsubscribe = Unsubscribe

field-name = Name
field-email = New email address
field-company = Company
field-phone = Phone
field-address = Postal address
field-other = Something else

# How a due date was reckoned.
reckoning-title = How this date was reckoned
reckoning-received = we received your request at { $time }, { $place } time
reckoning-received-on = we received your request on this day
reckoning-month = one month later, by the law’s calendar
reckoning-months = { $months } months later, by the law’s calendar
reckoning-rolled = { $day ->
    [saturday] a Saturday does not count, so the next working day
    [sunday] a Sunday does not count, so the next working day
   *[holiday] a public holiday does not count, so the next working day
}
reckoning-law = GDPR Article 12(3); Regulation 1182/71 Article 3; public holidays of { $country }.
gdpr-article = GDPR { $article }

# Squares, one for each record.
cells-label = { $total ->
    [one] { $total } record
   *[other] { $total } records
}: { $gone } removed, { $todo } still to go, { $kept } kept
cells-gone = { $count } removed
cells-todo = { $count } still to go
cells-kept = { $count } kept
cells-key = Each square is one record.

table-where = Where
table-found = Found
table-removed = Removed
table-standing = How far
table-checked = Checked empty
table-what = What
table-why = Why
table-goes = Goes on
table-before = We had
table-asked = You said
table-nothing = nothing
table-outcome = Now
