# Fills a Request Tracker of its own for the tests: a service account with its rights and token, and
# people who wrote by mail. Prints the token.
use strict;
use warnings;
use utf8;
use lib '/usr/share/request-tracker5/lib';
use RT -init;
use RT::Interface::Email;
use Encode ();
use MIME::Base64 ();

sub check { my ( $ok, @rest ) = @_; die "@rest" unless $ok; return $ok }

my $queue = RT::Queue->new( RT->SystemUser );
$queue->Load('General');
my $everyone = RT::Group->new( RT->SystemUser );
$everyone->LoadSystemInternalGroup('Everyone');
$everyone->PrincipalObj->GrantRight( Right => $_, Object => $queue ) for qw(CreateTicket ReplyToTicket);

my $account = RT::User->new( RT->SystemUser );
check $account->Create( Name => 'dsr-portal', EmailAddress => 'dsr-portal@dsr-rt.test', Privileged => 1 );
$account->PrincipalObj->GrantRight( Right => $_, Object => RT->System )
    for qw(SeeQueue ShowTicket ShowTicketComments ShowOutgoingEmail SeeCustomField AdminUsers);
my ( $id, $message, $token ) = RT::AuthToken->new( RT->SystemUser )->Create( Owner => $account->Id, Description => 'tests' );
check $id, $message;

my $agent = RT::User->new( RT->SystemUser );
check $agent->Create( Name => 'agent', RealName => 'Agent Smith', EmailAddress => 'agent@dsr-rt.test', Privileged => 1 );
$agent->PrincipalObj->GrantRight( Right => $_, Object => RT->System )
    for qw(SeeQueue ShowTicket ShowTicketComments CreateTicket ModifyTicket CommentOnTicket ReplyToTicket OwnTicket DeleteTicket AdminUsers SeeCustomField ModifyCustomField);

sub mail {
    my $text = Encode::encode( 'UTF-8', shift );
    my ( $status, $error, $ticket ) = RT::Interface::Email::Gateway(
        { message => $text, queue => 'General', action => 'correspond' } );
    check $status == 1, "mail: $error";
    return $ticket->id;
}

sub as { my $user = RT::CurrentUser->new; $user->Load(shift); return $user }

sub ticket_as { my ( $who, $id ) = @_; my $ticket = RT::Ticket->new( as($who) ); $ticket->Load($id); return $ticket }

sub say_as {
    my ( $who, $id, $how, $text ) = @_;
    my $mime = MIME::Entity->build( Type => 'text/plain', Charset => 'UTF-8', Data => [ Encode::encode( 'UTF-8', $text ) ] );
    my ( $ok, $said ) = ticket_as( $who, $id )->$how( MIMEObj => $mime );
    check $ok, $said;
}

my $old = 'anna.old@example.org';
my $pdf = "%PDF-1.4\0\xff\xfe Anna Kowalska \0 bytes \x{80}\n";

# 1: hers, with files and a comment about her.
my $first = mail(<<"EOF_MAIL");
From: "Anna Kowalska" <$old>
To: support\@dsr-rt.test
Subject: Licence not accepted
Message-ID: <a1.anna.old\@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Call me on +48 600 100 200. Grüße, Anna Kowalska
--b
Content-Type: text/csv
Content-Disposition: attachment; filename="anna-kowalska.csv"

Anna Kowalska;$old
--b
Content-Type: application/pdf
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="contract.pdf"

@{[ MIME::Base64::encode_base64( Encode::encode( 'ISO-8859-1', $pdf ) ) ]}
--b--
EOF_MAIL
say_as( 'agent', $first, 'Comment', 'Anna Kowalska called from +48 600 100 200, not happy.' );
say_as( 'agent', $first, 'Correspond', 'Dear Anna Kowalska, please try again.' );

# She changed her address and her name: the record's history keeps the old ones.
my $anna = RT::User->new( as('agent') );
$anna->Load($old);
check $anna->SetEmailAddress('anna.kowalska@example.org');
check $anna->SetName('anna.kowalska@example.org');
check $anna->SetMobilePhone('+48 600 100 200');
check $anna->SetComments('prefers mornings');

# 2: hers, with her name in the subject.
my $second = mail(<<'EOF_MAIL');
From: "Anna Kowalska" <anna.kowalska@example.org>
To: support@dsr-rt.test
Subject: Invoice for Anna Kowalska
Message-ID: <a2@mail.test>

See above.
EOF_MAIL
ticket_as( 'agent', $second )->SetSubject('Invoice');

# 3: Bob's, with her in Cc, by name, and with an earlier address in an encoded part and in a file's name.
my $third = mail(<<"EOF_MAIL");
From: "Bob" <bob\@example.net>
To: support\@dsr-rt.test
Cc: anna.kowalska\@example.org
Subject: Question
Message-ID: <b1\@mail.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Ask Anna Kowalska. Not joanna.kowalska\@example.org.
--b
Content-Type: text/plain
Content-Disposition: attachment; filename="anna.kowalska\@example.org.txt"

Her number: +48 600-100-200
--b
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="blob.bin"

@{[ MIME::Base64::encode_base64("\0\xff blob of $old \0") ]}
--b--
EOF_MAIL
my $bobs = ticket_as( 'agent', $third );
check $bobs->AddWatcher( Type => 'Cc', Email => 'anna.kowalska@example.org' );
$bobs->SetSubject('Question by Anna Kowalska');
$bobs->SetSubject('Question');
my $field = RT::CustomField->new( RT->SystemUser );
check $field->Create( Name => 'Shoe', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket' );
check $field->AddToObject( RT::Queue->new( RT->SystemUser ) );
check $bobs->AddCustomFieldValue( Field => $field, Value => '42' );
# She answers in his ticket.
mail(<<"EOF_MAIL");
From: "Anna Kowalska" <anna.kowalska\@example.org>
To: support\@dsr-rt.test
Subject: Re: [dsr-rt.test #$third] Question
Message-ID: <a3\@mail.test>

I think so too.
EOF_MAIL

# 4: Carol's, who quotes her, a part of it stored as Base64 as other databases store it.
my $fourth = mail(<<'EOF_MAIL');
From: "Carol" <carol@example.com>
To: support@dsr-rt.test
Subject: Same problem
Message-ID: <c1@mail.test>

> Call me on +48 600 100 200.
>   Anna
Kowalska wrote that, or anna.old@example.org did.
EOF_MAIL
my $parts = RT::Attachments->new( RT->SystemUser );
$parts->Limit( FIELD => 'Content', OPERATOR => 'LIKE', VALUE => 'wrote that, or' );
check $parts->Count > 1;
while ( my $part = $parts->Next ) {
    $part->__Set( Field => 'Content', Value => MIME::Base64::encode_base64( Encode::encode( 'UTF-8', $part->Content ) ) );
    $part->__Set( Field => 'ContentEncoding', Value => 'base64' );
}

# 5: hers, deleted: no search brings it.
my $fifth = mail(<<'EOF_MAIL');
From: "Anna Kowalska" <anna.kowalska@example.org>
To: support@dsr-rt.test
Subject: Delete this
Message-ID: <a5@mail.test>

Please delete this.
EOF_MAIL
check ticket_as( 'agent', $fifth )->SetStatus('deleted');

# 6 into 7: hers, merged.
my @merged = map { mail(<<"EOF_MAIL") } 6, 7;
From: "Anna Kowalska" <anna.kowalska\@example.org>
To: support\@dsr-rt.test
Subject: Twice
Message-ID: <a$_\@mail.test>

Number $_.
EOF_MAIL
ticket_as( 'agent', $merged[0] )->MergeInto( $merged[1] );

# Many: a person with a lot of tickets.
for my $i ( 1 .. ( $ENV{MANY} || 0 ) ) {
    my $ticket = RT::Ticket->new( RT->SystemUser );
    my $mime = MIME::Entity->build( Type => 'text/plain', Data => ["first $i by many\@example.org"] );
    my ($id) = $ticket->Create( Queue => 'General', Subject => "m$i", Requestor => 'many@example.org', MIMEObj => $mime, _RecordTransaction => 1 );
    check $id, 'many';
    say_as( 'agent', $id, 'Comment', "about many\@example.org $_" ) for 1 .. 3;
}

# A disabled user with an address, and one whose name is the address alone.
my $gone = RT::User->new( RT->SystemUser );
check $gone->Create( Name => 'disabled', RealName => 'Dora Disabled', EmailAddress => 'dora@example.org' );
$gone->SetDisabled(1);
my $ernie = RT::User->new( RT->SystemUser );
check $ernie->Create( Name => 'ernie@example.org', RealName => "Ernie O'Neil" );

print "$token\n";
