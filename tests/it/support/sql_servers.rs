//! Real database servers: PostgreSQL and MariaDB on ports of their own, in folders of their own, as
//! nobody where the tests run as root; and SQLite in a file. One of each kind serves all tests of
//! the binary, and each test has databases and accounts of its own there. A server ends with the
//! process that started it, however that ends: a shell beside it waits for the end of its input.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};

/// The password of every account.
pub const PASSWORD: &str = "hush 'n \"quote\" \\ ü";

/// How long a server may take to start, before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

const MARIADBD: &str = "/usr/sbin/mariadbd";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Postgresql,
    Mariadb,
    Sqlite,
}

impl Engine {
    pub fn word(self) -> &'static str {
        match self {
            Engine::Postgresql => "postgresql",
            Engine::Mariadb => "mariadb",
            Engine::Sqlite => "sqlite",
        }
    }
}

/// A server of its own.
pub struct Server {
    pub engine: Engine,
    pub folder: PathBuf,
    pub port: u16,
    user: Option<(u32, u32)>,
    keeper: Option<Child>,
    /// Nobody ends it: its folder goes with its process.
    is_shared: bool,
}

/// The server that all tests share.
pub fn shared(engine: Engine) -> &'static Server {
    static POSTGRESQL: OnceLock<Server> = OnceLock::new();
    static MARIADB: OnceLock<Server> = OnceLock::new();
    match engine {
        Engine::Postgresql => POSTGRESQL.get_or_init(|| Server::new(engine, true)),
        Engine::Mariadb => MARIADB.get_or_init(|| Server::new(engine, true)),
        Engine::Sqlite => panic!("SQLite has no server"),
    }
}

fn temporary() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("lethe-sql-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder).unwrap();
    folder
}

/// Root runs servers as nobody.
fn other_user() -> Option<(u32, u32)> {
    let ask = |args: &[&str]| {
        let said = Command::new("id").args(args).output().unwrap().stdout;
        String::from_utf8(said)
            .unwrap()
            .trim()
            .parse::<u32>()
            .unwrap()
    };
    (ask(&["-u"]) == 0).then(|| (ask(&["-u", "nobody"]), ask(&["-g", "nobody"])))
}

fn postgresql(program: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("no PostgreSQL here: run bin/test");
    let mut found: Vec<PathBuf> = versions
        .map(|version| version.unwrap().path().join("bin").join(program))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().expect("no PostgreSQL here: run bin/test")
}

impl Server {
    pub fn start(engine: Engine) -> Server {
        Server::new(engine, false)
    }

    fn new(engine: Engine, is_shared: bool) -> Server {
        let user = other_user();
        let folder = temporary();
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).unwrap();
        }
        let mut server = Server {
            engine,
            folder,
            port: 0,
            user,
            keeper: None,
            is_shared,
        };
        let made = match engine {
            Engine::Postgresql => server
                .command(&postgresql("initdb"))
                .args(["-A", "scram-sha-256", "-U", "admin", "-E", "UTF8"])
                .args(["--locale=C.UTF-8", "--no-sync", "-D"])
                .arg(server.folder.join("data"))
                .arg(format!("--pwfile={}", server.password_file().display()))
                .output(),
            _ => server
                .command(Path::new("mariadb-install-db"))
                .args(["--no-defaults", "--skip-test-db"])
                .args(["--auth-root-authentication-method=normal"])
                .arg(format!(
                    "--datadir={}",
                    server.folder.join("data").display()
                ))
                .output(),
        };
        let made = made.expect("a database server is missing: run bin/test");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        server.again();
        server
    }

    fn password_file(&self) -> PathBuf {
        let file = self.folder.join("password");
        fs::write(&file, PASSWORD).unwrap();
        if let Some((uid, gid)) = self.user {
            chown(&file, Some(uid), Some(gid)).unwrap();
        }
        file
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a file to whoever runs the server.
    pub fn give(&self, file: &Path) {
        if let Some((uid, gid)) = self.user {
            chown(file, Some(uid), Some(gid)).unwrap();
        }
    }

    /// Starts it, at the same port as before.
    pub fn again(&mut self) {
        let began = Instant::now();
        loop {
            if self.port == 0 {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                self.port = listener.local_addr().unwrap().port();
            }
            if self.try_start() {
                return;
            }
            // Of PostgreSQL, processes of before may still be about to notice that it is dead.
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(began.elapsed() < PATIENCE, "it does not start:\n{log}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn try_start(&mut self) -> bool {
        let mut keeper = self.command(Path::new("/bin/sh"));
        // The port of the server is its own; nothing of it lies outside its folder.
        keeper
            .args([
                "-c",
                "\"$@\" >>log 2>&1 & echo $! >server.pid; read x; kill -9 $! 2>/dev/null; wait; \
                 if [ \"$0\" = shared ]; then rm -rf \"$PWD\"; fi",
                if self.is_shared { "shared" } else { "own" },
            ])
            .stdin(Stdio::piped());
        match self.engine {
            Engine::Postgresql => keeper
                .arg(postgresql("postgres"))
                .arg("-D")
                .arg(self.folder.join("data"))
                .args(["-c", "listen_addresses=127.0.0.1", "-c"])
                .arg(format!("port={}", self.port))
                .args(["-c", "unix_socket_directories="])
                .args(["-c", "max_connections=100", "-c", "shared_buffers=16MB"]),
            _ => keeper
                .arg(MARIADBD)
                .args(["--no-defaults", "--skip-networking=0", "--skip-log-bin"])
                .args(["--bind-address=127.0.0.1", "--innodb-buffer-pool-size=32M"])
                .args(["--performance-schema=0", "--skip-ssl"])
                .arg(format!("--port={}", self.port))
                .arg(format!("--socket={}", self.folder.join("s").display()))
                .arg(format!("--datadir={}", self.folder.join("data").display())),
        };
        self.keeper = Some(keeper.spawn().unwrap());
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let up = block(async {
                tokio::time::timeout(Duration::from_secs(2), self.admin("").open())
                    .await
                    .is_ok_and(|opened| opened.is_ok())
            });
            let pid = fs::read_to_string(self.folder.join("server.pid")).unwrap_or_default();
            let pid = pid.trim();
            // It may be another one that answers, where both were given the same port.
            if !pid.is_empty() && !is_alive(pid) {
                self.kill();
                self.port = if up { 0 } else { self.port };
                return false;
            }
            if up && !pid.is_empty() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Ends it at once: nothing is written, nobody is told.
    pub fn kill(&mut self) {
        let pid = fs::read_to_string(self.folder.join("server.pid")).unwrap();
        // All at once, as when the power goes: a process of PostgreSQL that is left alone for a moment
        // would still let go of its locks, and another go on.
        let parent = format!("PPid:\t{}\n", pid.trim());
        let children = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let status = fs::read_to_string(format!("/proc/{name}/status")).ok()?;
            status.contains(&parent).then_some(name)
        });
        let _ = Command::new("kill")
            .args(["-9", pid.trim()])
            .args(children)
            .stderr(Stdio::null())
            .status();
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            keeper.wait().unwrap();
        }
        let _ = fs::remove_file(self.folder.join("server.pid"));
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    fn admin(&self, database: &str) -> Login {
        Login {
            engine: self.engine,
            port: self.port,
            database: match (self.engine, database) {
                (Engine::Postgresql, "") => "postgres".to_owned(),
                (_, name) => name.to_owned(),
            },
            user: match self.engine {
                Engine::Postgresql => "admin".to_owned(),
                _ => "root".to_owned(),
            },
        }
    }

    /// A database of its own, with two accounts that may nothing yet: `NAME_reads`, `NAME_erases`.
    pub async fn database(&self) -> Db {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("d{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let admin = Db {
            at: At::Server(self.admin("")),
            name: name.clone(),
        };
        let secret = PASSWORD.replace('\'', "''");
        match self.engine {
            Engine::Postgresql => {
                admin.script(&format!("CREATE DATABASE {name}")).await;
                for role in ["reads", "erases"] {
                    let role = format!("CREATE ROLE {name}_{role} LOGIN PASSWORD '{secret}'");
                    admin.script(&role).await;
                }
            }
            _ => {
                let secret = secret.replace('\\', "\\\\");
                let collation = "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
                admin
                    .script(&format!("CREATE DATABASE {name} {collation}"))
                    .await;
                for role in ["reads", "erases"] {
                    let role = format!("CREATE USER '{name}_{role}'@'%' IDENTIFIED BY '{secret}'");
                    admin.script(&role).await;
                }
            }
        }
        Db {
            at: At::Server(self.admin(&name)),
            name,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.keeper.is_some() {
            self.kill();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_alive(pid: &str) -> bool {
    // A dead one that nobody has asked after yet is there too.
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.contains("State:") && !status.contains("State:\tZ")
}

fn block<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(future)
        };
        scope.spawn(run).join().unwrap()
    })
}

struct Login {
    engine: Engine,
    port: u16,
    database: String,
    user: String,
}

enum At {
    Server(Login),
    File(PathBuf),
}

/// A database, as its administrator has it.
pub struct Db {
    at: At,
    pub name: String,
}

pub enum Conn {
    Postgresql(PgConnection),
    Mariadb(MySqlConnection),
    Sqlite(SqliteConnection),
}

impl Login {
    async fn open(&self) -> Result<Conn, sqlx::Error> {
        match self.engine {
            Engine::Postgresql => {
                let options = PgConnectOptions::new_without_pgpass()
                    .host("127.0.0.1")
                    .port(self.port)
                    .database(&self.database)
                    .username(&self.user)
                    .password(PASSWORD)
                    .ssl_mode(PgSslMode::Disable);
                Ok(Conn::Postgresql(options.connect().await?))
            }
            _ => {
                let options = MySqlConnectOptions::new()
                    .host("127.0.0.1")
                    .port(self.port)
                    .database(&self.database)
                    .username(&self.user)
                    .ssl_mode(MySqlSslMode::Disabled);
                Ok(Conn::Mariadb(options.connect().await?))
            }
        }
    }
}

impl Db {
    /// A file of SQLite.
    pub fn file() -> Db {
        let folder = temporary();
        let path = folder.join("app.db");
        fs::write(&path, "").unwrap();
        Db {
            name: "main".to_owned(),
            at: At::File(path),
        }
    }

    pub fn path(&self) -> &Path {
        match &self.at {
            At::File(path) => path,
            At::Server(_) => panic!("it is no file"),
        }
    }

    pub async fn open(&self) -> Conn {
        match &self.at {
            At::Server(login) => login.open().await.unwrap(),
            At::File(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .foreign_keys(true);
                Conn::Sqlite(options.connect().await.unwrap())
            }
        }
    }

    /// Runs statements.
    pub async fn script(&self, text: &str) {
        let mut conn = self.open().await;
        conn.script(text).await;
        conn.close().await;
    }

    /// The first column of what a statement answers.
    pub async fn texts(&self, text: &str) -> Vec<String> {
        let mut conn = self.open().await;
        let text = AssertSqlSafe(text.to_owned());
        macro_rules! read {
            ($conn:expr, $value:ty) => {
                sqlx::query(text)
                    .fetch_all($conn)
                    .await
                    .unwrap()
                    .iter()
                    .map(|row| {
                        let value: Option<$value> = row.try_get_unchecked(0).unwrap();
                        let value = value.map(<$value>::into_bytes_);
                        String::from_utf8(value.unwrap_or_default()).unwrap()
                    })
                    .collect()
            };
        }
        let found = match &mut conn {
            Conn::Postgresql(conn) => read!(conn, String),
            Conn::Mariadb(conn) => read!(conn, Vec<u8>),
            Conn::Sqlite(conn) => read!(conn, String),
        };
        conn.close().await;
        found
    }

    /// The rows of a table that fulfil a condition.
    pub async fn count(&self, from: &str) -> usize {
        let kind = match self.at {
            At::Server(Login {
                engine: Engine::Mariadb,
                ..
            }) => "CHAR",
            _ => "text",
        };
        let query = format!("SELECT CAST(COUNT(*) AS {kind}) FROM {from}");
        self.texts(&query).await[0].parse().unwrap()
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        if let At::File(path) = &self.at {
            let _ = fs::remove_dir_all(path.parent().unwrap());
        }
    }
}

trait IntoBytes {
    fn into_bytes_(self) -> Vec<u8>;
}

impl IntoBytes for String {
    fn into_bytes_(self) -> Vec<u8> {
        self.into_bytes()
    }
}

impl IntoBytes for Vec<u8> {
    fn into_bytes_(self) -> Vec<u8> {
        self
    }
}

impl Conn {
    pub async fn script(&mut self, text: &str) {
        let sent = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        let done = match self {
            Conn::Postgresql(conn) => conn.execute(sent).await.map(|_| ()),
            Conn::Mariadb(conn) => conn.execute(sent).await.map(|_| ()),
            Conn::Sqlite(conn) => conn.execute(sent).await.map(|_| ()),
        };
        done.unwrap_or_else(|error| panic!("{error}:\n{}", &text[..text.len().min(2000)]));
    }

    pub async fn close(self) {
        let _ = match self {
            Conn::Postgresql(conn) => conn.close().await,
            Conn::Mariadb(conn) => conn.close().await,
            Conn::Sqlite(conn) => conn.close().await,
        };
    }
}
