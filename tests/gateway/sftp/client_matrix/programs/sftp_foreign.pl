# Does what each line of standard input asks, with Net::SFTP::Foreign: a verb, a way to sign in, and
# paths, with tabs between them. Answers `done` or `failed`, a tab, and what was said.
use strict;
use warnings;
use Net::SFTP::Foreign;

my ($port, $user, $password, $key) = @ARGV;
$| = 1;

my %verbs = (
    'put'                   => sub { $_[0]->put($_[1], $_[2]) },
    'put-with-times'        => sub { $_[0]->put($_[1], $_[2], copy_time => 1, copy_perm => 1) },
    'put-by-temporary-name' => sub { $_[0]->put($_[1], $_[2], atomic => 1, overwrite => 1) },
    'resume'                => sub { $_[0]->put($_[1], $_[2], resume => 1) },
    'list'                  => sub {
        my $found = $_[0]->ls($_[1]) or return;
        join ' / ', map { "$_->{longname}" } @$found;
    },
    'rename'   => sub { $_[0]->rename($_[1], $_[2]) },
    'get'      => sub { $_[0]->get($_[1], $_[2], copy_perm => 0) },
    'delete'   => sub { $_[0]->remove($_[1]) },
    'set-mode' => sub { $_[0]->chmod($_[1], 0644) },
);

while (my $line = <STDIN>) {
    chomp $line;
    my ($verb, $by, @paths) = split /\t/, $line;
    my %more = $by eq 'key' ? (key_path => $key) : (password => $password);
    my $way = $by eq 'key' ? 'publickey' : $by;
    my $sftp = Net::SFTP::Foreign->new(
        '127.0.0.1',
        port   => $port,
        user   => $user,
        more   => [
            '-F', 'none', '-q',
            map { ('-o', $_) } 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null',
            'IdentitiesOnly=yes', "PreferredAuthentications=$way",
        ],
        %more,
    );
    my $value = $sftp->error ? undef : $verbs{$verb}->($sftp, @paths);
    my $failed = $sftp->error;
    my $said = $failed ? "$failed" : ($value // '');
    $said =~ s/\n/ /g;
    print $failed ? 'failed' : 'done', "\t$said\n";
    $sftp->disconnect;
}
