//! A recorder for log events.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Records each event as a line with its level and fields.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

/// Returns the result of the future, and the events that are logged while it runs.
pub(super) async fn recorded<F: Future>(future: F) -> (F::Output, String) {
    let recorder = Recorder::default();
    // With only one subscriber, a thread of another test that reaches an event first would disable it
    // for all threads.
    let another = Dispatch::new(Recorder::default());
    let output = future
        .with_subscriber(Dispatch::new(recorder.clone()))
        .await;
    drop(another);
    let text = recorder.0.lock().unwrap().clone();
    (output, text)
}

impl Subscriber for Recorder {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("relying_party")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        let mut text = self.0.lock().unwrap();
        text.push_str(&line.0);
        text.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}
