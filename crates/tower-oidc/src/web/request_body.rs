//! The body of a request, for the few routes of the layer that read one.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyNotRead {
    /// It is longer than the limit.
    TooLong,
    /// The client left, or the connection failed.
    Failed,
}

type Read = Pin<Box<dyn Future<Output = Result<Bytes, BodyNotRead>> + Send>>;

/// A body that is still unread. Dropping it reads nothing.
pub(crate) struct UnreadBody(Read);

/// The longest body that is read. Forms of providers and logout tokens are shorter.
const LIMIT: usize = 16 * 1_024;

impl UnreadBody {
    pub(crate) fn new<B: Body + Send + 'static>(body: B) -> Self {
        Self(Box::pin(read(body)))
    }

    /// Reads the whole body, of at most 16 KiB. Of a longer body at most this much is read, and nothing if its
    /// length is known beforehand.
    pub(crate) async fn read(self) -> Result<Bytes, BodyNotRead> {
        self.0.await
    }
}

async fn read<B: Body>(body: B) -> Result<Bytes, BodyNotRead> {
    if body.size_hint().lower() > LIMIT as u64 {
        return Err(BodyNotRead::TooLong);
    }
    let mut body = pin!(body);
    let mut text = BytesMut::new();
    loop {
        // Copies each part at once, so that the body's buffers are not kept while the next part is awaited.
        let more = poll_fn(|cx| {
            body.as_mut().poll_frame(cx).map(|frame| match frame {
                None => Ok(false),
                Some(Err(_)) => Err(BodyNotRead::Failed),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => append(&mut text, data).map(|()| true),
                    // Trailers.
                    Err(_) => Ok(true),
                },
            })
        });
        if !more.await? {
            return Ok(text.freeze());
        }
    }
}

fn append(text: &mut BytesMut, mut data: impl Buf) -> Result<(), BodyNotRead> {
    if text.len().saturating_add(data.remaining()) > LIMIT {
        return Err(BodyNotRead::TooLong);
    }
    while data.has_remaining() {
        let chunk = data.chunk();
        text.extend_from_slice(chunk);
        let length = chunk.len();
        data.advance(length);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use http::HeaderMap;
    use http_body::{Frame, SizeHint};

    use super::*;

    /// A body of these frames, in this order. `None` is an error.
    struct Frames(Vec<Option<Frame<Bytes>>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            if self.0.is_empty() {
                return Poll::Ready(None);
            }
            Poll::Ready(Some(self.0.remove(0).ok_or("the client left")))
        }
    }

    fn data(length: usize) -> Option<Frame<Bytes>> {
        Some(Frame::data(vec![b'a'; length].into()))
    }

    async fn length(frames: Vec<Option<Frame<Bytes>>>) -> Result<usize, BodyNotRead> {
        let text = UnreadBody::new(Frames(frames)).read().await?;
        Ok(text.len())
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit_and_no_further() {
        let half = || data(LIMIT / 2);

        assert_eq!(length(Vec::new()).await, Ok(0));
        assert_eq!(length(vec![half(), half()]).await, Ok(LIMIT));
        // No frame after the limit is polled: it would be another error.
        let longer = length(vec![half(), half(), data(1), None]).await;
        assert_eq!(longer, Err(BodyNotRead::TooLong));
        assert_eq!(length(vec![data(1), None]).await, Err(BodyNotRead::Failed));
        let trailers = Some(Frame::trailers(HeaderMap::new()));
        assert_eq!(length(vec![data(1), trailers]).await, Ok(1));
    }

    /// Says a length, and has nothing.
    struct Announced(u64);

    impl Body for Announced {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            assert!(
                self.0 <= LIMIT as u64,
                "a body that is too long is not read"
            );
            Poll::Ready(None)
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0)
        }
    }

    #[tokio::test]
    async fn a_body_that_announces_too_much_is_not_read() {
        let read = |length| UnreadBody::new(Announced(length)).read();

        assert_eq!(read(LIMIT as u64).await, Ok(Bytes::new()));
        for length in [LIMIT as u64 + 1, 1 << 20, u64::MAX] {
            assert_eq!(read(length).await, Err(BodyNotRead::TooLong));
        }
    }
}
