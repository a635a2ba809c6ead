//! A response body whose work begins after the response's head.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;

/// Begins its work when it is first polled, and contains the result.
pub struct LateBody(Option<Pin<Box<dyn Future<Output = String> + Send>>>);

impl LateBody {
    /// A body with the text that this work returns.
    pub fn new(work: impl Future<Output = String> + Send + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl http_body::Body for LateBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(work) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let text = ready!(work.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(Some(Ok(Frame::data(text.into()))))
    }
}

impl fmt::Debug for LateBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LateBody").finish_non_exhaustive()
    }
}
