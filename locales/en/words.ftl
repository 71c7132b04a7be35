# The domain's words: stores, items, grounds, reasons.

store-licence = Licences and invoices
store-trial = Trials
store-ticket = Support tickets
store-installation = App installations

item-licence-contact = Contact on a licence
item-sale-contact = Contact on an invoice
item-trial-contact = Contact on a trial
item-ticket = Support ticket
item-participant = Takes part in a ticket
item-ticket-message = Message in a ticket
item-ticket-file = File in a ticket
item-mention = Named in somebody else’s ticket
item-installation = Installed an app
item-account = Account
item-history = Change log
item-record = Record
item-manual = Looked up by a person

held-name = name
held-email = email
held-phone = phone
held-company = company
held-address = postal address
held-subject = subject line
held-message = message
held-file = file
held-account = account id
held-secret = shared secret

ground-active-contract = The licence is under active maintenance and needs a contact
ground-tax-law = Tax law: { $law }
ground-legal-obligation = Another law obliges us to keep it
ground-legal-claims = It is needed for a legal claim
ground-third-party = It is the data of somebody else
ground-not-asked = You did not ask for this to go

refusal-identity = We could not establish who asks
refusal-unfounded = The request is manifestly unfounded
refusal-excessive = The request is excessive
refusal-obligation = A law obliges us to keep the data
refusal-claims = The data is needed for a legal claim
refusal-expression = Freedom of expression and information
refusal-third-party = It would harm the rights of somebody else
refusal-not-controller = We hold the data for somebody else, who decides about it
refusal-accurate = The data is accurate as it stands
refusal-already-done = It has been done already

removed-in-store = { $store }: { $count ->
    [one] { $count } record
   *[other] { $count } records
}
kept-until = { $what }, until { $until }. { $ground }
kept-without-end = { $what }. { $ground }
kept-held = { $what }, at least until { $until }. { $ground } ({ $article }). Then we look again whether that is still so. Once it is not, we remove it without your asking again, and write to you.
field-in-store = { $field }: { $store }

bundle-title = Your data at { $vendor }
bundle-lead = Everything we hold about { $address }, collected on { $date } for request { $reference }.
bundle-about = About this copy
bundle-purposes = Why we use it
bundle-purposes-text = To license our apps, to bill them, to run trials and to answer support requests.
bundle-sources = Where it comes from
bundle-sources-text = From you, and from the reports of the marketplace where our apps are sold. Each record names its source.
bundle-recipients = Who else receives it
bundle-recipients-text = Those whom our privacy statement names, at { $link }.
bundle-periods = How long we keep it
bundle-periods-text = Our privacy statement names a period for each kind of data. Invoices stay { $years } years, as { $law } demands.
bundle-rights = Your rights
bundle-rights-text = You can have it corrected, removed or restricted, and object to its use, at { $link }. You can complain to { $authority }.
bundle-automated = Automated decisions
bundle-automated-text = None are taken.
bundle-records = { $store }: { $count ->
    [one] { $count } record
   *[other] { $count } records
}
bundle-nothing = Nothing.
bundle-requests = Your requests to us
bundle-messages = Messages on this request
bundle-files = The same data for programs: data.json, and a CSV file for each place. Attached files are in the folder files.
bundle-source = Source

task-step = { $kind ->
    [access] Look for everything that is held of this person, and write down what you find, or what you attach to a message.
    [rectification] Look for this person, and put in the values below.
    [erasure] Look for this person, by address and by name, and remove what you find.
   *[objection] Look for this person, and take them off every list.
}
task-source = Looked up by a person on { $date }
task-held = What is held
task-words-needed = Write in a sentence what you did, in no more than 4,000 characters.

reach-level = { $level ->
    [full] Nothing of the person stays there
    [content] What the person wrote goes; what the system notes by itself stays
    [record] Only the person’s own record is emptied by itself
   *[manual] A person does it by hand
}
reach-leftover = { $leftover ->
    [history] earlier values in its change log
    [messages] what the person wrote
    [files] files and their names
    [mentions] where others mention the person
   *[account] the account
}
reach-leaves = It cannot let go of { $leaves } by itself.
reach-copies = Copies that nobody deletes one by one: { $copies }
