//! How a write transaction runs: shared commits on SQLite, retries on PostgreSQL.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;
use tokio::sync::oneshot;

use super::intake::{self, Changes, Kept, Sink};
use super::{Access, Conn, DbError, Options, Transient, connect};

/// How many waiting callers share one commit at the most.
const SHARED: usize = 128;

/// For how long a lost race is run again.
const PATIENCE: Duration = Duration::from_secs(5);

/// One caller's piece of work, waiting for the writer.
trait Task: Send {
    /// Runs the work in a savepoint of the open transaction and remembers the result.
    fn run(&mut self, conn: &mut Conn);
    /// What the work changed, for the intake journal.
    fn changes(&mut self) -> Option<Changes>;
    /// What is due between the commit and the answer.
    fn committed(&mut self);
    /// Tells the caller: the remembered result if the commit held, else the failure.
    fn answer(self: Box<Self>, committed: Result<(), DbError>);
    /// Whether there is anything to commit.
    fn succeeded(&self) -> bool;
}

struct Call<T, E, F, H> {
    work: F,
    hook: Option<H>,
    result: Option<Result<T, E>>,
    /// Who keeps the changes, if anybody does.
    sink: Option<Arc<dyn Sink>>,
    changes: Option<Changes>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F, H> Task for Call<T, E, F, H>
where
    T: Send,
    E: From<DbError> + Send,
    F: FnMut(&mut Conn) -> Result<T, E> + Send,
    H: FnOnce(&T) -> Result<(), E> + Send,
{
    fn run(&mut self, conn: &mut Conn) {
        let (work, sink) = (&mut self.work, &self.sink);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            in_transaction(conn, |conn| match sink {
                Some(sink) => intake::collecting(conn, &**sink, |conn| work(conn)),
                None => work(conn).map(|value| (value, None)),
            })
        }));
        let result = outcome.unwrap_or_else(|_| {
            unwind_savepoint(conn);
            Err(DbError::Internal("a transaction panicked and was rolled back".to_owned()).into())
        });
        // Of an earlier try nothing stands.
        self.changes = None;
        self.result = Some(result.map(|(value, changes)| {
            self.changes = changes;
            value
        }));
    }

    fn changes(&mut self) -> Option<Changes> {
        self.changes.take()
    }

    fn committed(&mut self) {
        if let Some(Ok(value)) = &self.result
            && let Some(hook) = self.hook.take()
            && let Err(error) = hook(value)
        {
            self.result = Some(Err(error));
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), DbError>) {
        let Call { result, caller, .. } = *self;
        let answer = match (result, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Ok(_)), Err(error)) => Err(error.into()),
            (Some(Err(error)), _) => Err(error),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(())) => {
                Err(DbError::Internal("a transaction was never run".to_owned()).into())
            }
        };
        // A caller that went away does not hear of it; the deed stands all the same.
        let _ = caller.send(answer);
    }

    fn succeeded(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }
}

/// Runs `work` in a (nested) transaction and keeps its error apart from the database's.
fn in_transaction<T, E: From<DbError>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    enum Ended<E> {
        Work(E),
        Database(diesel::result::Error),
    }
    impl<E> From<diesel::result::Error> for Ended<E> {
        fn from(error: diesel::result::Error) -> Self {
            Ended::Database(error)
        }
    }
    conn.transaction(|conn| work(conn).map_err(Ended::Work))
        .map_err(|ended| match ended {
            Ended::Work(error) => error,
            Ended::Database(error) => DbError::from(error).into(),
        })
}

/// After a panic the savepoint is still open: depth 2 is the panicked call's, depth 1 the shared one's.
fn unwind_savepoint(conn: &mut Conn) {
    if depth(conn) > 1
        && let Err(error) = <Conn as Connection>::TransactionManager::rollback_transaction(conn)
    {
        tracing::error!(%error, "the savepoint of a panicked transaction could not be rolled back");
    }
}

fn depth(conn: &mut Conn) -> u32 {
    <Conn as Connection>::TransactionManager::transaction_manager_status_mut(conn)
        .transaction_depth()
        .ok()
        .flatten()
        .map_or(0, |depth| depth.get())
}

enum Message {
    Task(Box<dyn Task>),
    Outside(Box<dyn FnOnce(&mut Conn) + Send>),
}

/// The one thread that writes to SQLite.
pub(super) struct Writer {
    queue: Sender<Message>,
    kept: Kept,
}

impl Writer {
    pub(super) fn start(options: &Options, kept: Kept) -> Result<Writer, DbError> {
        let conn = connect(options, Access::Write)?;
        let (options, sink) = (options.clone(), kept.clone());
        let (queue, waiting) = mpsc::channel();
        std::thread::Builder::new()
            .name("lethe-writer".to_owned())
            .spawn(move || serve(conn, &options, &sink, &waiting))
            .map_err(|error| DbError::Unavailable(format!("no thread for the writer: {error}")))?;
        Ok(Writer { queue, kept })
    }

    pub(super) async fn write<T, E>(
        &self,
        work: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
        hook: impl FnOnce(&T) -> Result<(), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let call = Call {
            work,
            hook: Some(hook),
            result: None,
            sink: self.kept.sink().cloned(),
            changes: None,
            caller,
        };
        self.send(Message::Task(Box::new(call)))?;
        answer.await.unwrap_or_else(|_| Err(gone().into()))
    }

    /// Runs a statement that no transaction may hold, between two commits.
    pub(super) async fn outside_transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let (caller, answer) = oneshot::channel();
        self.send(Message::Outside(Box::new(move |conn| {
            let _ = caller.send(work(conn));
        })))?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    fn send(&self, message: Message) -> Result<(), DbError> {
        self.queue.send(message).map_err(|_| gone())
    }
}

fn gone() -> DbError {
    DbError::Unavailable("the writer has stopped".to_owned())
}

fn serve(mut conn: Conn, options: &Options, kept: &Kept, waiting: &Receiver<Message>) {
    while let Ok(first) = waiting.recv() {
        if conn.has_broken_transaction() {
            match connect(options, Access::Write) {
                Ok(fresh) => conn = fresh,
                Err(error) => tracing::error!(%error, "the writer cannot open the database again"),
            }
        }
        let mut tasks = Vec::new();
        let mut outside = Vec::new();
        for message in std::iter::once(first).chain(waiting.try_iter().take(SHARED - 1)) {
            match message {
                Message::Task(task) => tasks.push(task),
                Message::Outside(work) => outside.push(work),
            }
        }
        if !tasks.is_empty() {
            commit_together(&mut conn, kept, tasks);
        }
        for work in outside {
            work(&mut conn);
        }
    }
}

/// Runs all tasks in one transaction. If its commit fails (a full disk can roll
/// back all of it), each runs again alone, so that nobody's failure is another's.
fn commit_together(conn: &mut Conn, kept: &Kept, mut tasks: Vec<Box<dyn Task>>) {
    match try_commit(conn, &mut tasks) {
        Ok(()) => answer(kept, tasks),
        Err(error) if tasks.len() == 1 => tasks.into_iter().for_each(|task| {
            task.answer(Err(DbError::Unavailable(error.to_string())));
        }),
        Err(error) => {
            tracing::warn!(%error, callers = tasks.len(), "a shared commit failed; each caller runs again alone");
            for task in tasks {
                commit_together(conn, kept, vec![task]);
            }
        }
    }
}

/// Answers those whose commit held, once the intake journal has what they changed. The next commit does not wait
/// for that.
fn answer(kept: &Kept, mut tasks: Vec<Box<dyn Task>>) {
    tasks.iter_mut().for_each(|task| task.committed());
    let Some(sink) = kept.sink() else {
        return tasks.into_iter().for_each(|task| task.answer(Ok(())));
    };
    let changes = tasks.iter_mut().filter_map(|task| task.changes()).collect();
    let then = move |result: Result<(), String>| {
        for task in tasks {
            let result = result.as_ref().map_err(|why| intake::unkept(why));
            task.answer(result.copied());
        }
    };
    sink.keep(changes, Box::new(then));
}

fn try_commit(conn: &mut Conn, tasks: &mut [Box<dyn Task>]) -> Result<(), diesel::result::Error> {
    begin(conn, "BEGIN IMMEDIATE")?;
    for task in tasks.iter_mut() {
        task.run(conn);
        if depth(conn) == 0 {
            return Err(diesel::result::Error::BrokenTransactionManager);
        }
    }
    let manager = if tasks.iter().any(|task| task.succeeded()) {
        <Conn as Connection>::TransactionManager::commit_transaction(conn)
    } else {
        <Conn as Connection>::TransactionManager::rollback_transaction(conn)
    };
    if manager.is_err() && depth(conn) > 0 {
        <Conn as Connection>::TransactionManager::rollback_transaction(conn)?;
    }
    manager
}

/// Runs `work` in one `SERIALIZABLE` transaction of PostgreSQL, again while the race is lost; calls `doubt` when
/// nobody knows whether a commit arrived.
pub(super) fn serializable<T, E>(
    conn: &mut Conn,
    mut work: impl FnMut(&mut Conn) -> Result<T, E>,
    doubt: impl Fn(),
) -> Result<T, E>
where
    E: From<DbError> + Transient,
{
    let start = Instant::now();
    let mut tries = 0u32;
    loop {
        match once(conn, &mut work, &doubt) {
            Err(error) if error.is_transient() && start.elapsed() < PATIENCE => {
                tries += 1;
                tracing::debug!(tries, "a transaction lost a race and runs again");
                std::thread::sleep(pause(tries));
            }
            result => return result,
        }
    }
}

fn once<T, E: From<DbError>>(
    conn: &mut Conn,
    work: &mut impl FnMut(&mut Conn) -> Result<T, E>,
    doubt: &impl Fn(),
) -> Result<T, E> {
    begin(conn, "BEGIN ISOLATION LEVEL SERIALIZABLE").map_err(DbError::from)?;
    let result = catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| {
        Err(DbError::Internal("a transaction panicked and was rolled back".to_owned()).into())
    });
    match result {
        Ok(value) => match <Conn as Connection>::TransactionManager::commit_transaction(conn) {
            Ok(()) => Ok(value),
            Err(error) => {
                if depth(conn) > 0 {
                    let _ = <Conn as Connection>::TransactionManager::rollback_transaction(conn);
                }
                let error = DbError::from(error);
                if !error.is_transient() {
                    doubt();
                }
                Err(error.into())
            }
        },
        Err(error) => {
            while depth(conn) > 0 {
                <Conn as Connection>::TransactionManager::rollback_transaction(conn)
                    .map_err(DbError::from)?;
            }
            Err(error)
        }
    }
}

/// A growing pause that differs between callers, so that they do not meet again.
fn pause(tries: u32) -> Duration {
    let spread = std::thread::current().id();
    let jitter = format!("{spread:?}")
        .bytes()
        .fold(u64::from(tries), |sum, byte| {
            sum.wrapping_mul(31) + u64::from(byte)
        })
        % 7;
    Duration::from_millis((1 << tries.min(6)) + jitter)
}

fn begin(conn: &mut Conn, sql: &str) -> Result<(), diesel::result::Error> {
    match conn {
        Conn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, sql),
        Conn::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(conn, sql),
    }
}
