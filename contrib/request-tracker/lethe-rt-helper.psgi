#!/usr/bin/perl
# What Lethe needs on the host of Request Tracker 5 and REST 2 does not offer: to let go of a ticket,
# a message, texts in somebody else's ticket, and a person's record, for good and without a dump.
#
# It answers signed calls only (Standard Webhooks: HMAC-SHA256 over id, time and body), each id once,
# and within five minutes. It does what stands in %DO and nothing else. It logs numbers, no texts.
# Each call is one transaction of the database: done whole, or not at all.
#
#   LETHE_RT_SECRET_FILE   a file with the secret, whsec_…, that Lethe has too
#   LETHE_RT_STATE         a folder for the ids of the last minutes
#   LETHE_RT_LIB           where RT's modules lie; /usr/share/request-tracker5/lib unless set
#
# See README.md.

use strict;
use warnings;
use utf8;

BEGIN {
    my $lib = $ENV{LETHE_RT_LIB} || '/usr/share/request-tracker5/lib';
    unshift @INC, $lib, '/usr/local/share/request-tracker5/lib';
}

package Lethe::Helper;

use Digest::SHA qw(hmac_sha256 sha256_hex);
use Encode ();
use Fcntl qw(O_CREAT O_EXCL O_WRONLY);
use JSON ();
use MIME::Base64 qw(decode_base64 encode_base64);
use MIME::QuotedPrint ();

use RT -init;
use RT::Shredder;
use RT::Attachments;
use RT::Transactions;
use RT::Links;

our $VERSION     = 1;
our $MARK        = '[removed]';
our $PATIENCE    = 300;
our $MAX_BODY    = 1 << 20;
our $MAX_PLACES  = 10_000;
# What follows an address in the name of a file, and is no domain.
our $FILE = join '|', qw(txt csv pdf eml msg doc docx xls xlsx odt ods png jpg jpeg gif zip htm html json xml);

my $state = $ENV{LETHE_RT_STATE} or die "LETHE_RT_STATE: name a folder\n";
die "LETHE_RT_STATE: $state is no folder that can be written\n" unless -d $state && -w _;
my $secret = read_secret( $ENV{LETHE_RT_SECRET_FILE} );

# What may be asked, and no more.
our %DO = (
    capabilities  => \&capabilities,
    check         => \&check,
    munge         => \&munge,
    leave         => \&leave,
    erase_ticket  => \&erase_ticket,
    erase_message => \&erase_message,
    erase_user    => \&erase_user,
);

# Every column of RT that can hold words, for the search. What a site lacks is passed over.
our %TEXTS = (
    Users       => [ qw(Name EmailAddress RealName NickName Comments Signature FreeformContactInfo
                        Organization Gecos HomePhone WorkPhone MobilePhone PagerPhone
                        Address1 Address2 City State Zip Country) ],
    Tickets     => [qw(Subject)],
    Transactions => [qw(Field OldValue NewValue Data)],
    Attachments => [qw(MessageId Subject Filename Headers Content)],
    ObjectCustomFieldValues => [qw(Content LargeContent)],
    CustomFieldValues => [qw(Name Description)],
    Attributes  => [qw(Name Description Content)],
    Groups      => [qw(Name Description)],
    Links       => [qw(Base Target)],
    Queues      => [qw(Name Description CorrespondAddress CommentAddress)],
    Templates   => [qw(Name Description Content)],
    Articles    => [qw(Name Summary)],
    Assets      => [qw(Name Description)],
    Configurations => [qw(Content)],
);

# What is written to, so that a missing right is told before it is needed.
our @WRITTEN = qw(Tickets Transactions Attachments Users Principals Groups GroupMembers
    CachedGroupMembers ACL Links Attributes ObjectCustomFieldValues AuthTokens);

# --- calls ------------------------------------------------------------------

sub app {
    my $env = shift;
    return answer( 404, { error => 'nothing here' } )
        unless $env->{REQUEST_METHOD} eq 'POST' && ( $env->{PATH_INFO} || '/' ) eq '/';
    my $length = $env->{CONTENT_LENGTH} || 0;
    return answer( 413, { error => 'too large' } ) if $length !~ /^\d+$/ || $length > $MAX_BODY;
    my $body = '';
    while ( length $body < $length ) {
        my $read = $env->{'psgi.input'}->read( $body, $length - length $body, length $body );
        return answer( 400, { error => 'the body broke off' } ) unless $read;
    }
    my $reason = refused( $env, $body );
    return answer( 401, { error => $reason } ) if $reason;

    my $asked = eval { JSON::decode_json($body) };
    return answer( 400, { error => 'no JSON object' } ) unless ref $asked eq 'HASH';
    my $do = $DO{ $asked->{do} // '' } or return answer( 400, { error => 'no such call' } );
    my $said = eval {
        connect_fresh();
        $do->($asked);
    };
    if ( my $error = $@ ) {
        eval { $RT::Handle->Rollback('force') };
        return answer( 409, { refused => $error->{refused} } )
            if ref $error eq 'HASH' && $error->{refused};
        # Without the text of the error: a database quotes what it could not store.
        my $kind = ref $error || ( $error =~ /lock/i ? 'the database is locked' : 'failed' );
        RT->Logger->error("lethe: $asked->{do} failed: $kind");
        print STDERR "lethe: $asked->{do} failed: $error\n" if $ENV{LETHE_RT_DEBUG};
        return answer( 503, { error => $kind } );
    }
    return answer( 200, $said );
}

sub answer {
    my ( $status, $said ) = @_;
    my $body = JSON->new->utf8->canonical->encode($said);
    return [
        $status,
        [   'Content-Type' => 'application/json', 'Content-Length' => length $body,
            'Cache-Control' => 'no-store' ],
        [$body]
    ];
}

# Why a call is not believed; nothing if it is.
sub refused {
    my ( $env, $body ) = @_;
    my $id = $env->{HTTP_WEBHOOK_ID} // '';
    my $at = $env->{HTTP_WEBHOOK_TIMESTAMP} // '';
    return 'not signed' unless $id =~ /^[\w.-]{8,100}$/ && $at =~ /^\d{1,12}$/;
    return 'too old, or from a clock that differs by more than five minutes'
        if abs( time - $at ) > $PATIENCE;
    my $right = 'v1,' . encode_base64( hmac_sha256( "$id.$at.$body", $secret ), '' );
    my @given = split / /, $env->{HTTP_WEBHOOK_SIGNATURE} // '';
    return 'signed with another secret' unless grep { same( $_, $right ) } @given;
    forget_old_ids();
    sysopen my $file, "$state/" . sha256_hex($id), O_CREAT | O_EXCL | O_WRONLY, 0600
        or return 'heard before';
    close $file;
    return;
}

# Compares in a time that tells nothing.
sub same {
    my ( $left, $right ) = @_;
    return 0 unless length $left == length $right;
    my $different = 0;
    $different |= ord( substr $left, $_, 1 ) ^ ord( substr $right, $_, 1 ) for 0 .. length($left) - 1;
    return !$different;
}

sub forget_old_ids {
    for my $file ( glob "\Q$state\E/*" ) {
        my $changed = ( stat $file )[9] or next;
        unlink $file if $file =~ m{/[0-9a-f]{64}$} && time - $changed > 3 * $PATIENCE;
    }
}

sub read_secret {
    my $path = shift or die "LETHE_RT_SECRET_FILE: name a file\n";
    open my $file, '<', $path or die "LETHE_RT_SECRET_FILE: $path cannot be read: $!\n";
    my $words = <$file> // '';
    my ($base64) = $words =~ /^whsec_([A-Za-z0-9+\/]{43}=)\s*$/
        or die "LETHE_RT_SECRET_FILE: $path does not hold whsec_ and 32 bytes in Base64\n";
    return decode_base64($base64);
}

sub connect_fresh {
    RT::ConnectToDatabase();
    DBIx::SearchBuilder::Record::Cachable->FlushCache;
    # What is deleted is overwritten, not only forgotten.
    dbh()->do('PRAGMA secure_delete = ON') if engine() eq 'SQLite';
}

sub dbh    { $RT::Handle->dbh }
sub engine { RT->Config->Get('DatabaseType') }
sub refuse { die { refused => shift } }

sub number {
    my $value = shift;
    refuse('a number is missing') unless defined $value && $value =~ /^\d{1,18}$/ && $value > 0;
    return int $value;
}

sub numbers {
    my $list = shift;
    return map { number($_) } @{ ref $list eq 'ARRAY' ? $list : [] };
}

# Runs a deed in one transaction.
sub whole {
    my $deed = shift;
    $RT::Handle->BeginTransaction or die "no transaction\n";
    my $said = $deed->();
    $RT::Handle->Commit or die "no commit\n";
    return $said;
}

# --- what can be done -------------------------------------------------------

sub capabilities {
    my @missing;
    $RT::Handle->BeginTransaction;
    for my $table (@WRITTEN) {
        my $name = table($table) or next;
        for my $sql ( "DELETE FROM $name WHERE 1 = 0", "UPDATE $name SET id = id WHERE 1 = 0" ) {
            next if eval {
                local dbh()->{PrintError} = 0;
                local dbh()->{RaiseError} = 1;
                dbh()->do($sql);
                1;
            };
            my ($right) = $sql =~ /^(\w+)/;
            push @missing, "$right on $table";
            last;
        }
    }
    $RT::Handle->Rollback;
    my $index    = RT->Config->Get('FullTextSearch') || {};
    my %external = RT->Config->Get('ExternalStorage');
    my $folder   = RT::Shredder->new->StoragePath;
    my @dumps    = -d $folder ? grep { -f && m{/[^.][^/]*$} } glob "\Q$folder\E/*" : ();
    return {
        helper   => $VERSION,
        version  => $RT::VERSION,
        missing  => \@missing,
        # An index in a table of its own keeps words that the tables of RT have let go.
        index    => $index->{Enable} && $index->{Indexed} ? JSON::true : JSON::false,
        external => %external ? JSON::true : JSON::false,
        dumps    => scalar @dumps,
    };
}

# The name of a table as this database writes it, if it is there.
my %tables;

sub table {
    my $wanted = shift;
    unless (%tables) {
        for my $table ( dbh()->tables( undef, undef, '%', 'TABLE' ) ) {
            ( my $bare = $table ) =~ s/^.*\.//;
            $bare =~ s/["`]//g;
            $tables{ lc $bare } = engine() eq 'Pg' ? lc $bare : $bare;
        }
    }
    return $tables{ lc $wanted };
}

# Where these texts still stand, and which tickets these users take part in or have opened, also
# those that were deleted: {places: [{table, id, column, ticket?, user?}], tickets: [{ticket, users}]}.
sub check {
    my $asked    = shift;
    my $patterns = patterns( $asked->{texts} );
    my @users    = numbers( $asked->{users} );
    my %places;
    if (@$patterns) {
        for my $table ( sort keys %TEXTS ) {
            for my $column ( @{ $TEXTS{$table} } ) {
                search_column( $table, $column, $patterns, \%places );
            }
        }
        search_encoded( $patterns, \%places );
    }
    my @places = map { $places{$_} } sort keys %places;
    refuse('more than ten thousand places') if @places > $MAX_PLACES;
    locate($_) for @places;
    return { places => \@places, tickets => [ tickets_of(@users) ] };
}

sub search_column {
    my ( $table, $column, $patterns, $places ) = @_;
    my $name = table($table) or return;
    my $is_bytes = engine() eq 'Pg' && type_of( $table, $column ) eq 'bytea';
    for my $pattern (@$patterns) {
        my ( $sql, @bound );
        if ( !$is_bytes ) {
            my $like = engine() eq 'Pg' ? 'ILIKE' : 'LIKE';
            $sql = "SELECT id, $column FROM $name WHERE $column $like ? ESCAPE '!'";
            @bound = ( '%' . $pattern->{like} . '%' );
        }
        else {
            $sql = "SELECT id, $column FROM $name WHERE lower(encode($column, 'escape')) LIKE ? ESCAPE '!'";
            @bound = ( '%' . lc( $pattern->{like} ) . '%' );
        }
        my $rows = eval {
            local dbh()->{PrintError} = 0;
            local dbh()->{RaiseError} = 1;
            my $statement = dbh()->prepare($sql);
            $statement->execute(@bound);
            $statement;
        };
        if ( !$rows ) {
            next if $@ =~ /no such column|Unknown column|does not exist/i;
            die $@;
        }
        while ( my ( $id, $value ) = $rows->fetchrow_array ) {
            next unless found( $pattern, $value );
            $places->{"$table.$id.$column"} = { table => $table, id => "$id", column => $column };
        }
    }
}

# The type of a column in PostgreSQL: some hold texts and some bytes, by the version of RT.
sub type_of {
    my ( $table, $column ) = @_;
    my ($type) = one(
        'SELECT data_type FROM information_schema.columns '
            . 'WHERE table_schema = ANY (current_schemas(false)) AND table_name = ? AND column_name = ?',
        table($table), lc $column
    );
    return $type // '';
}

# Parts that are stored encoded: no LIKE sees into them.
sub search_encoded {
    my ( $patterns, $places ) = @_;
    my $name = table('Attachments');
    my $rows = dbh()->prepare(
        "SELECT id FROM $name WHERE ContentEncoding IS NOT NULL AND ContentEncoding NOT IN ('none', '')"
    );
    $rows->execute;
    while ( my ($id) = $rows->fetchrow_array ) {
        my $part = RT::Attachment->new( RT->SystemUser );
        $part->Load($id);
        next unless $part->id;
        my $content = $part->Content;
        next unless defined $content && grep { found( $_, $content ) } @$patterns;
        $places->{"Attachments.$id.Content"} = { table => 'Attachments', id => "$id", column => 'Content' };
    }
}

# Says of a place which ticket or which user it belongs to.
sub locate {
    my $place = shift;
    my ( $table, $id ) = @{$place}{qw(table id)};
    my ( $type, $of );
    if ( $table eq 'Tickets' ) { ( $type, $of ) = ( 'RT::Ticket', $id ) }
    if ( $table eq 'Users' )   { ( $type, $of ) = ( 'RT::User',   $id ) }
    if ( $table eq 'Attachments' ) {
        my ($txn) = one( 'SELECT TransactionId FROM ' . table('Attachments') . ' WHERE id = ?', $id );
        $place->{transaction} = "$txn" if $txn;
        ( $type, $of ) = object_of($txn);
    }
    if ( $table eq 'Transactions' ) { ( $type, $of ) = object_of($id); $place->{transaction} = "$id" }
    if ( $table eq 'ObjectCustomFieldValues' || $table eq 'Attributes' ) {
        ( $type, $of ) = one( 'SELECT ObjectType, ObjectId FROM ' . table($table) . ' WHERE id = ?', $id );
        ( $type, $of ) = object_of($of) if ( $type // '' ) eq 'RT::Transaction';
    }
    if ( $table eq 'Links' ) {
        ($of) = one( 'SELECT LocalBase FROM ' . table('Links') . ' WHERE id = ?', $id );
        $type = 'RT::Ticket' if $of;
    }
    if ( $table eq 'Groups' ) {
        ( my $domain, $of ) = one( 'SELECT Domain, Instance FROM ' . quoted('Groups') . ' WHERE id = ?', $id );
        $type = 'RT::Ticket' if ( $domain // '' ) eq 'RT::Ticket-Role';
        $type = 'RT::User'   if ( $domain // '' ) eq 'ACLEquivalence';
    }
    return unless $type && $of;
    if ( $type eq 'RT::Ticket' ) {
        my ($effective) = one( 'SELECT EffectiveId FROM ' . table('Tickets') . ' WHERE id = ?', $of );
        $place->{ticket} = ( $effective || $of ) . '';
    }
    $place->{user} = "$of" if $type eq 'RT::User';
}

sub object_of { one( 'SELECT ObjectType, ObjectId FROM ' . table('Transactions') . ' WHERE id = ?', shift ) }

# "Groups" is a word of MySQL 8 itself.
sub quoted { my $name = table(shift); return engine() eq 'mysql' ? "`$name`" : $name }

sub one {
    my ( $sql, @bound ) = @_;
    return dbh()->selectrow_array( $sql, undef, @bound );
}

sub tickets_of {
    my %users;
    my ( $tickets, $groups, $members ) = ( table('Tickets'), quoted('Groups'), table('GroupMembers') );
    for my $user (@_) {
        my $rows = dbh()->selectall_arrayref(
            "SELECT EffectiveId FROM $tickets WHERE Creator = ? UNION SELECT t.EffectiveId FROM $tickets t "
                . "JOIN $groups g ON g.Instance = t.id AND g.Domain = 'RT::Ticket-Role' "
                . "JOIN $members m ON m.GroupId = g.id WHERE m.MemberId = ?",
            undef, $user, $user
        );
        push @{ $users{ $_->[0] } }, $user + 0 for @$rows;
    }
    return map { { ticket => "$_", users => $users{$_} } } sort { $a <=> $b } keys %users;
}

# --- texts ------------------------------------------------------------------

# For each text: how it is looked for, first by the database and then exactly. It must not be part
# of a longer word, address or number. White space may be any; within a phone number, so may the
# separators.
sub patterns {
    my $texts = shift;
    my @patterns;
    for my $text ( @{ ref $texts eq 'ARRAY' ? $texts : [] } ) {
        refuse('a text is too short') unless defined $text && !ref $text && length $text >= 4;
        my ( @words, $exact );
        if ( $text =~ /^[\d\s+().\/-]+$/ ) {
            @words = $text =~ /(\d+)/g;
            my $digits = join '', @words;
            refuse('a number is too short') if length $digits < 6;
            my $between = '[\s\x{a0}+().\/-]*';
            $exact = '(?<![\d])' . ( $text =~ /^\s*\+/ ? '\+?' : '' ) . join( $between, split //, $digits ) . '(?!\d)';
        }
        else {
            @words = split ' ', $text;
            my $gap = '(?:[\s\x{a0}]|&nbsp;|&#160;)+';
            $exact = join $gap, map { my $q = quotemeta; $q =~ s/\\\@/(?:\\\@|&#64;|&commat;)/g; $q } @words;
            $exact = $text =~ /\@/
                ? "(?<![\\w.%+-])(?:$exact)(?![\\w-]|\\.(?!(?:$FILE)(?![\\w-]))\\w)"
                : "(?<!\\w)(?:$exact)(?!\\w)";
        }
        my ($longest) = sort { length $b <=> length $a } @words;
        ( my $like = $longest ) =~ s/([!%_])/!$1/g;
        push @patterns, { like => $like, exact => qr/$exact/i };
    }
    return \@patterns;
}

# The value as characters: the database may have handed out bytes.
sub characters {
    my $value = shift;
    return $value if utf8::is_utf8($value);
    my $copy = $value;
    my $read = eval { Encode::decode( 'UTF-8', $copy, Encode::FB_CROAK ) };
    return defined $read ? $read : Encode::decode( 'ISO-8859-1', $value );
}

sub found {
    my ( $pattern, $value ) = @_;
    return 0 unless defined $value;
    return characters($value) =~ $pattern->{exact} ? 1 : 0;
}

sub cleaned {
    my ( $patterns, $value ) = @_;
    my $text = characters($value);
    my $count = 0;
    for my $pattern (@$patterns) {
        $count += () = $text =~ /$pattern->{exact}/g;
        $text =~ s/$pattern->{exact}/$MARK/g;
    }
    return ( $count, $text );
}

# Takes texts out of columns of a record, without a note of the old value.
sub clean_record {
    my ( $record, $patterns, @columns ) = @_;
    my $count = 0;
    for my $column (@columns) {
        my $value = $record->__Value($column);
        next unless defined $value && length $value;
        my ( $here, $text ) = cleaned( $patterns, $value );
        next unless $here;
        # The mark may be longer than what it stands for.
        my $longest = eval { $record->_Accessible( $column => 'length' ) };
        $text = substr $text, 0, $longest if $longest && length $text > $longest;
        my ( $ok, $message ) = $record->__Set( Field => $column, Value => $text );
        die "cannot be written\n" unless $ok;
        $count += $here;
    }
    return $count;
}

# Takes texts out of everything that belongs to a ticket: {removed: n, left: [{table, id, column}]}.
sub munge {
    my $asked    = shift;
    my $id       = number( $asked->{ticket} );
    my $patterns = patterns( $asked->{texts} );
    refuse('no texts') unless @$patterns;
    return { gone => JSON::true, removed => 0, left => [] } unless ticket($id);
    return whole(
        sub {
            my $count = munge_ticket( $id, $patterns );
            if ($count) {
                my $ticket = ticket($id);
                # As rt-munge-attachments notes it. No scrip runs, so no mail goes out.
                $ticket->_NewTransaction( Type => 'Munge', ActivateScrips => 0 );
            }
            DBIx::SearchBuilder::Record::Cachable->FlushCache;
            return { removed => $count, left => left_in( $id, $patterns ) };
        }
    );
}

sub munge_ticket {
    my ( $id, $patterns ) = @_;
    my $count = 0;
    for my $one ( merged($id) ) {
        my $ticket = RT::Ticket->new( RT->SystemUser );
        $ticket->LoadById($one);
        $count += clean_record( $ticket, $patterns, 'Subject' );
        for my $record ( transactions( 'RT::Ticket', $one ) ) {
            $count += clean_record( $record, $patterns, qw(Field OldValue NewValue Data) );
            $count += munge_values( 'RT::Transaction', $record->id, $patterns );
            $count += munge_attachment( $_, $patterns ) for attachments( $record->id );
        }
        $count += munge_values( 'RT::Ticket', $one, $patterns );
        for my $attribute ( rows_of( 'RT::Attributes', ObjectType => 'RT::Ticket', ObjectId => $one ) ) {
            my $content = $attribute->__Value('Content');
            my ($here) = cleaned( $patterns, join "\n", grep { defined } $attribute->__Value('Name'), $content );
            next unless $here;
            # Whose mail is held back, or something that a program stored: of no use without the text.
            die "cannot be deleted\n" unless $attribute->RT::Record::Delete;
            $count += $here;
        }
        for my $link ( rows_of( 'RT::Links', LocalBase => $one ) ) {
            $count += clean_record( $link, $patterns, qw(Base Target) );
        }
    }
    return $count;
}

sub munge_values {
    my ( $type, $id, $patterns ) = @_;
    my $count = 0;
    my $values = RT::ObjectCustomFieldValues->new( RT->SystemUser );
    $values->{find_disabled_rows} = 1;
    $values->Limit( FIELD => 'ObjectType', VALUE => $type );
    $values->Limit( FIELD => 'ObjectId',   VALUE => $id );
    while ( my $value = $values->Next ) {
        $count += clean_record( $value, $patterns, 'Content' );
        my $large = $value->LargeContent;
        next unless defined $large && length $large;
        my ( $here, $text ) = cleaned( $patterns, $large );
        next unless $here;
        my ( $encoding, $encoded ) = $value->_EncodeLOB( Encode::encode( 'UTF-8', $text ), $value->ContentType );
        $value->__Set( Field => 'LargeContent', Value => $encoded ) or die "cannot be written\n";
        $value->__Set( Field => 'ContentEncoding', Value => $encoding );
        $count += $here;
    }
    return $count;
}

sub munge_attachment {
    my ( $part, $patterns ) = @_;
    my $count = clean_record( $part, $patterns, qw(MessageId Subject Filename Headers) );
    return $count unless $part->__Value('Content');
    # What lies outside stays there; capabilities tells of it.
    return $count if ( $part->ContentEncoding // '' ) eq 'external';
    my $content = $part->Content;
    return $count unless defined $content && length $content;
    my ( $here, $text ) = cleaned( $patterns, $content );
    return $count unless $here;
    # A file with a form of its own would be broken by a cut. It goes as a whole.
    my $bytes = RT::I18N::IsTextualContentType( $part->ContentType )
        ? Encode::encode( 'UTF-8', $text ) : $MARK;
    my ( $encoding, $encoded ) = $part->_EncodeLOB($bytes);
    $part->__Set( Field => 'Content', Value => $encoded ) or die "cannot be written\n";
    if ( ( $part->__Value('ContentEncoding') // '' ) ne $encoding ) {
        $part->__Set( Field => 'ContentEncoding', Value => $encoding ) or die "cannot be written\n";
    }
    my $headers = $part->__Value('Headers') // '';
    my $length = length $bytes;
    if ( $headers =~ s/^(Content-Length:\s*)\d+/$1$length/mi ) {
        $headers =~ s/^(Content-Type:[^\n]*?charset=)"?[^"\s;]+"?/$1"utf-8"/mi;
        $part->__Set( Field => 'Headers', Value => $headers );
    }
    return $count + $here;
}

sub left_in {
    my ( $id, $patterns ) = @_;
    my %places;
    my @left;
    for my $one ( merged($id) ) {
        for my $record ( transactions( 'RT::Ticket', $one ) ) {
            for my $part ( attachments( $record->id ) ) {
                my @texts = ( ( map { $part->__Value($_) } qw(MessageId Subject Filename Headers) ), $part->Content );
                push @left, { table => 'Attachments', id => $part->id . '' }
                    if grep { my $text = $_; defined $text && grep { found( $_, $text ) } @$patterns } @texts;
            }
        }
    }
    return \@left;
}

# --- letting go -------------------------------------------------------------

sub ticket {
    my $ticket = RT::Ticket->new( RT->SystemUser );
    $ticket->LoadById(shift);
    return $ticket->id ? $ticket : undef;
}

# The ticket and those merged into it.
sub merged {
    my $id = shift;
    my $rows = dbh()->selectcol_arrayref( 'SELECT id FROM ' . table('Tickets') . ' WHERE id = ? OR EffectiveId = ?', undef, $id, $id );
    return @$rows;
}

sub rows_of {
    my ( $class, %limits ) = @_;
    my $rows = $class->new( RT->SystemUser );
    $rows->Limit( FIELD => $_, VALUE => $limits{$_}, ENTRYAGGREGATOR => 'AND' ) for sort keys %limits;
    return @{ $rows->ItemsArrayRef };
}

sub transactions { my ( $type, $id ) = @_; return rows_of( 'RT::Transactions', ObjectType => $type, ObjectId => $id ) }
sub attachments { return rows_of( 'RT::Attachments', TransactionId => shift ) }

# No dump plugin is added, so nothing is written beside the database.
sub shred {
    my ( $nobody, @records ) = @_;
    my $shredder = RT::Shredder->new;
    if ($nobody) {
        $shredder->PutResolver(
            BaseClass => 'RT::User',
            Code      => sub {
                my %args = @_;
                my $target = $args{TargetObject};
                for my $column (qw(Creator LastUpdatedBy)) {
                    next unless $target->_Accessible( $column => 'read' );
                    next unless ( $target->__Value($column) // 0 ) == $args{BaseObject}->Id;
                    $target->__Set( Field => $column, Value => $nobody );
                }
            }
        );
    }
    $shredder->PutObject( Object => $_ ) for @records;
    $shredder->WipeoutAll;
}

# Lets go of a ticket that one of these users has asked for or opened.
sub erase_ticket {
    my $asked = shift;
    my $id    = number( $asked->{ticket} );
    my %users = map { $_ => 1 } numbers( $asked->{users} );
    my $ticket = ticket($id) or return { gone => JSON::true };
    my $is_theirs = $users{ $ticket->__Value('Creator') // 0 };
    my $requestors = $ticket->RoleGroup('Requestor');
    if ( $requestors && $requestors->id ) {
        $is_theirs ||= grep { $users{ $_->MemberId } } rows_of( 'RT::GroupMembers', GroupId => $requestors->id );
    }
    refuse('the ticket is somebody else\'s') unless $is_theirs;
    shred( undef, $ticket );
    return { gone => JSON::true };
}

# Lets go of a message that one of these users wrote. The entry that opened a ticket stays, empty.
sub erase_message {
    my $asked = shift;
    my $id    = number( $asked->{transaction} );
    my %users = map { $_ => 1 } numbers( $asked->{users} );
    my ($found) = rows_of( 'RT::Transactions', id => $id );
    return { gone => JSON::true } unless $found;
    refuse('the message is somebody else\'s') unless $users{ $found->__Value('Creator') // 0 };
    refuse('it is no message on a ticket') unless $found->__Value('ObjectType') eq 'RT::Ticket';
    if ( $found->__Value('Type') eq 'Create' ) {
        whole(
            sub {
                $_->RT::Record::Delete or die "cannot be deleted\n" for reverse attachments($id);
                return 1;
            }
        );
    }
    else {
        shred( undef, $found );
    }
    return { gone => JSON::true };
}

# Takes a user out of all roles of a ticket, with what the history tells of it.
sub leave {
    my $asked = shift;
    my ( $id, $user ) = ( number( $asked->{ticket} ), number( $asked->{user} ) );
    my $ticket = ticket($id) or return { gone => JSON::true };
    my @records;
    for my $group ( rows_of( 'RT::Groups', Domain => 'RT::Ticket-Role', Instance => $id ) ) {
        next if $group->Name eq 'Owner';
        push @records, rows_of( 'RT::GroupMembers', GroupId => $group->id, MemberId => $user );
    }
    for my $record ( transactions( 'RT::Ticket', $id ) ) {
        my $type = $record->__Value('Type');
        push @records, $record
            if ( $type eq 'AddWatcher' && ( $record->__Value('NewValue') // '' ) eq $user )
            || ( $type eq 'DelWatcher' && ( $record->__Value('OldValue') // '' ) eq $user );
    }
    shred( undef, @records ) if @records;
    return { gone => JSON::true };
}

# Lets go of a person's record, its history, sessions and tokens. Whatever they made or changed and
# that stays is Nobody's.
sub erase_user {
    my $asked = shift;
    my $id    = number( $asked->{user} );
    my $user  = RT::User->new( RT->SystemUser );
    $user->LoadById($id);
    if ( $user->id ) {
        refuse('it is an account of RT itself')
            if $id == RT->SystemUser->id || $id == RT->Nobody->id || $user->Name eq 'root';
        refuse('it is an account of staff: take its rights in RT first') if $user->Privileged;
        end_sessions($user);
        my $tokens = table('AuthTokens');
        dbh()->do( "DELETE FROM $tokens WHERE Owner = ?", undef, $id ) if $tokens;
        shred( RT->Nobody->id, $user );
    }
    # Copies of rows that were changed or moved before lie in free pages until this.
    dbh()->do('VACUUM') if engine() eq 'SQLite';
    return { gone => JSON::true };
}

# Sessions hold the user as a whole.
sub end_sessions {
    my $user = shift;
    my $name = table('sessions') or return;
    my @texts = grep { defined && length >= 4 } map { $user->__Value($_) } qw(Name EmailAddress);
    my $rows = dbh()->prepare("SELECT id, a_session FROM $name");
    $rows->execute;
    my @ended;
    while ( my ( $id, $session ) = $rows->fetchrow_array ) {
        next unless defined $session;
        my $opened = $session =~ /^[A-Za-z0-9+\/=\s]+$/ ? decode_base64($session) : $session;
        push @ended, $id
            if grep { my $bytes = Encode::encode( 'UTF-8', $_ ); index( $opened, $bytes ) >= 0 } @texts;
    }
    dbh()->do( "DELETE FROM $name WHERE id = ?", undef, $_ ) for @ended;
}

# Each worker opens a connection of its own.
if ($RT::Handle) {
    dbh()->disconnect if dbh();
    $RT::Handle->dbh(undef);
    undef $RT::Handle;
}

\&app;
