use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::*;

/// What a store does when it is asked.
#[derive(Clone, Copy, Debug)]
enum Does {
    Well,
    Fails,
    Waits(i64),
    NeedsPerson,
    Bug,
    Never,
    /// Until it is told to go on.
    Holds,
}

struct Told {
    does: Mutex<Does>,
    asked: AtomicUsize,
    go: Notify,
}

impl Told {
    async fn answer<T>(&self, value: T) -> Result<T, StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let does = *self.does.lock().unwrap();
        match does {
            Does::Well => Ok(value),
            Does::Fails => Err(StoreError::Retry("It is down.".to_owned())),
            Does::Waits(seconds) => Err(StoreError::Later {
                cause: "It asks for time.".to_owned(),
                after: SignedDuration::from_secs(seconds),
            }),
            Does::NeedsPerson => Err(StoreError::NeedsPerson {
                cause: "A right is missing.".to_owned(),
                mend: "Grant it.".to_owned(),
            }),
            Does::Bug => Err(StoreError::Bug("oh".to_owned())),
            Does::Never => std::future::pending().await,
            Does::Holds => {
                self.go.notified().await;
                Ok(value)
            }
        }
    }
}

#[async_trait]
impl Store for Told {
    fn name(&self) -> StoreName {
        StoreName("told".to_owned())
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        self.answer(Reach::default()).await
    }

    async fn inventory(&self, _: &Subject, _: Option<&str>) -> Result<Page<Item>, StoreError> {
        unreachable!()
    }

    async fn export(&self, _: &Subject, _: &[ItemKey], _: &mut dyn Sink) -> Result<(), StoreError> {
        self.answer(()).await
    }

    async fn values(&self, _: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        self.answer(Vec::new()).await
    }

    async fn rectify(&self, _: &ItemKey, _: &Change) -> Result<Done, StoreError> {
        unreachable!()
    }

    async fn carry_out(&self, _: &Subject, _: &[Order], _: Cause) -> Result<Vec<Done>, StoreError> {
        unreachable!()
    }
}

struct Case {
    told: Arc<Told>,
    guarded: Arc<Guarded>,
    clock: Clock,
}

impl Case {
    fn new(does: Does, at_once: usize) -> Case {
        let told = Arc::new(Told {
            does: Mutex::new(does),
            asked: AtomicUsize::new(0),
            go: Notify::new(),
        });
        let clock = Clock::frozen("2026-11-20T09:00:00Z".parse().unwrap());
        let patience = Duration::from_secs(60);
        Case {
            guarded: Arc::new(Guarded::new(told.clone(), clock.clone(), patience, at_once)),
            told,
            clock,
        }
    }

    fn does(&self, does: Does) {
        *self.told.does.lock().unwrap() = does;
    }

    fn asked(&self) -> usize {
        self.told.asked.load(Ordering::Relaxed)
    }

    /// A step of a run.
    async fn step(&self) -> Result<(), StoreError> {
        let key = ItemKey("a".to_owned());
        self.guarded.values(&key).await.map(drop)
    }

    /// A step that is not let through; how long it shall wait.
    async fn turned_away(&self) -> (String, i64) {
        let before = self.asked();
        let error = self.step().await.unwrap_err();
        assert_eq!(self.asked(), before, "the system was asked all the same");
        match error {
            StoreError::Later { cause, after } => (cause, after.as_secs()),
            error => panic!("{error:?}"),
        }
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

#[tokio::test]
async fn after_four_failures_it_is_left_alone_for_a_time_that_grows() {
    let case = Case::new(Does::Fails, 2);
    for failures in 1..=4 {
        assert!(matches!(case.step().await, Err(StoreError::Retry(_))));
        assert_eq!(case.guarded.health().failures, failures);
    }
    for pause in [15, 30, 60, 120, 240, 480, 600, 600] {
        assert_eq!(
            case.turned_away().await,
            ("It is down.".to_owned(), pause),
            "after {} failures",
            case.guarded.health().failures
        );
        case.pass(pause - 1);
        assert_eq!(case.turned_away().await.1, 1);
        case.pass(1);
        assert!(matches!(case.step().await, Err(StoreError::Retry(_))));
    }
    // It may fail for ever.
    for _ in 0..40 {
        case.pass(600);
        assert!(matches!(case.step().await, Err(StoreError::Retry(_))));
    }
}

#[tokio::test]
async fn a_success_ends_the_pauses() {
    let case = Case::new(Does::Fails, 2);
    for _ in 0..4 {
        let _ = case.step().await;
    }
    case.pass(15);
    case.does(Does::Well);
    case.step().await.unwrap();
    let health = case.guarded.health();
    assert_eq!(health.last_success, Some(case.clock.now()));
    assert!(health.last_failure.is_some());
    assert_eq!(
        (health.failures, health.paused_until, health.trouble),
        (0, None, None)
    );
    case.does(Does::Fails);
    for _ in 0..3 {
        assert!(matches!(case.step().await, Err(StoreError::Retry(_))));
    }
    case.does(Does::Well);
    case.step().await.unwrap();
}

#[tokio::test]
async fn a_probe_asks_always_and_finds_that_it_is_back() {
    let case = Case::new(Does::Fails, 2);
    for _ in 0..4 {
        let _ = case.step().await;
    }
    let asked = case.asked();
    assert!(case.guarded.probe().await.is_err());
    assert_eq!(case.asked(), asked + 1);
    assert_eq!(case.turned_away().await.1, 30, "that was a failure too");
    case.does(Does::Well);
    case.guarded.probe().await.unwrap();
    case.step().await.unwrap();
}

#[tokio::test]
async fn who_asks_for_time_gets_it_and_has_not_failed() {
    let case = Case::new(Does::Waits(90), 2);
    assert!(matches!(case.step().await, Err(StoreError::Later { .. })));
    case.does(Does::Well);
    assert_eq!(
        case.turned_away().await,
        ("It asks for time.".to_owned(), 90)
    );
    case.pass(89);
    assert_eq!(case.turned_away().await.1, 1);
    let health = case.guarded.health();
    assert_eq!((health.failures, health.last_failure), (0, None));
    case.pass(1);
    case.step().await.unwrap();
    // Nobody may ask for for ever.
    case.does(Does::Waits(1_000_000));
    let _ = case.step().await;
    assert_eq!(case.turned_away().await.1, 600);
}

/// A short wish must not cut the pause short that failures have earned.
#[tokio::test]
async fn a_wish_for_a_moment_does_not_end_a_longer_pause() {
    let case = Case::new(Does::Fails, 2);
    for _ in 0..4 {
        let _ = case.step().await;
    }
    case.does(Does::Waits(1));
    let _ = case.guarded.probe().await;
    assert_eq!(case.turned_away().await.1, 15);
}

#[tokio::test]
async fn what_only_a_person_can_mend_is_no_failure_of_the_system() {
    for does in [Does::NeedsPerson, Does::Bug] {
        let case = Case::new(does, 2);
        for _ in 0..10 {
            let error = case.step().await.unwrap_err();
            assert!(matches!(
                error,
                StoreError::NeedsPerson { .. } | StoreError::Bug(_)
            ));
        }
        let health = case.guarded.health();
        assert_eq!((health.failures, health.paused_until), (0, None));
        assert_eq!(health.last_failure, Some(case.clock.now()));
        assert!(health.trouble.is_some());
        case.does(Does::Well);
        case.step().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_takes_too_long_is_let_go_and_has_failed() {
    let case = Case::new(Does::Never, 1);
    let begun = tokio::time::Instant::now();
    for _ in 0..4 {
        let error = case.step().await.unwrap_err();
        assert!(
            matches!(&error, StoreError::Retry(why) if why.contains("60 s")),
            "{error:?}"
        );
    }
    assert_eq!(begun.elapsed().as_secs(), 240);
    assert_eq!(case.turned_away().await.1, 15);
    // Its place is free again.
    case.does(Does::Well);
    case.pass(15);
    case.step().await.unwrap();
}

#[tokio::test]
async fn who_finds_every_place_taken_comes_back_at_once() {
    let case = Arc::new(Case::new(Does::Holds, 2));
    let mut working = Vec::new();
    for _ in 0..2 {
        let case = case.clone();
        working.push(tokio::spawn(async move { case.step().await }));
    }
    while case.asked() < 2 {
        tokio::task::yield_now().await;
    }
    let (why, _) = case.turned_away().await;
    assert_eq!(why, "Other requests are being worked in it.");
    assert_eq!(
        case.guarded.health(),
        Health::default(),
        "that says nothing of it"
    );
    case.told.go.notify_waiters();
    for step in working {
        step.await.unwrap().unwrap();
    }
    case.does(Does::Well);
    case.step().await.unwrap();
}

/// When its time is over, a system that was down is tried by one, not by all who wait.
#[tokio::test]
async fn after_a_pause_one_tries_first() {
    let case = Arc::new(Case::new(Does::Fails, 4));
    for _ in 0..4 {
        let _ = case.step().await;
    }
    case.pass(15);
    case.does(Does::Holds);
    let first = tokio::spawn({
        let case = case.clone();
        async move { case.step().await }
    });
    while case.asked() < 5 {
        tokio::task::yield_now().await;
    }
    let (why, _) = case.turned_away().await;
    assert_eq!(why, "It is down.");
    case.told.go.notify_waiters();
    first.await.unwrap().unwrap();
    case.does(Does::Well);
    case.step().await.unwrap();
}
