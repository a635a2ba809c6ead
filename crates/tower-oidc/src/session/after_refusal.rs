//! What a session remembers of the refusal that led to its sign-in, so that no user is redirected without end.

use crate::format::codec::Writer;

/// How many sign-ins in a row refusals may ask for, if each demands something else: one for each guard around a page.
const MAX_IN_A_ROW: u8 = 3;

/// The first bytes of the hash of what guards demanded.
pub(crate) type DemandsHash = [u8; 4];

/// The refusal that led to a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterRefusal {
    /// The provider refused a token, or a check.
    Refused,
    /// Guards demanded more than the session before had, for the `in_a_row`th time.
    Demanded { demands: DemandsHash, in_a_row: u8 },
}

impl AfterRefusal {
    /// The refusal by guards with these demands, where the user may have just come back from the sign-in that an
    /// earlier refusal had asked for.
    pub(crate) const fn demanded(demands: DemandsHash, earlier: Option<Self>) -> Self {
        let in_a_row = match earlier {
            None => 1,
            Some(Self::Refused) => 2,
            Some(Self::Demanded { in_a_row, .. }) => in_a_row.saturating_add(1),
        };
        Self::Demanded { demands, in_a_row }
    }

    /// Whether another sign-in would not help against `next`, a refusal just after the sign-in that this one asked for.
    /// Guards inside of others each demand their part in turn, so another demand is worth another sign-in.
    pub(crate) fn is_loop(self, next: Self) -> bool {
        match (self, next) {
            (_, Self::Refused) => true,
            (Self::Refused, Self::Demanded { .. }) => false,
            (
                Self::Demanded {
                    demands: before, ..
                },
                Self::Demanded { demands, in_a_row },
            ) => before == demands || in_a_row > MAX_IN_A_ROW,
        }
    }

    /// The content of the field that remembers it.
    pub(crate) fn write(self, writer: &mut Writer) {
        if let Self::Demanded { demands, in_a_row } = self {
            writer.byte(in_a_row);
            writer.bytes(&demands);
        }
    }

    /// Reads what [`write`](Self::write) wrote. What a later version adds is left out.
    pub(crate) fn read(content: &[u8]) -> Self {
        match *content {
            [in_a_row, a, b, c, d, ..] => Self::Demanded {
                demands: [a, b, c, d],
                in_a_row,
            },
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: DemandsHash = [1; 4];
    const ACR: DemandsHash = [2; 4];

    #[test]
    fn the_same_demand_again_is_a_loop_and_another_one_is_not() {
        let first = AfterRefusal::demanded(SCOPE, None);

        assert!(first.is_loop(AfterRefusal::demanded(SCOPE, Some(first))));
        assert!(!first.is_loop(AfterRefusal::demanded(ACR, Some(first))));
    }

    #[test]
    fn demands_that_take_turns_end_after_three_sign_ins() {
        let mut before = AfterRefusal::demanded(SCOPE, None);
        let mut sign_ins = 1;
        for demands in [ACR, SCOPE, ACR, SCOPE] {
            let next = AfterRefusal::demanded(demands, Some(before));
            if before.is_loop(next) {
                break;
            }
            before = next;
            sign_ins += 1;
        }

        assert_eq!(sign_ins, 3);
    }

    #[test]
    fn a_refused_token_is_no_reason_for_a_second_sign_in_in_a_row() {
        let refused = AfterRefusal::Refused;

        assert!(refused.is_loop(refused));
        assert!(AfterRefusal::demanded(ACR, None).is_loop(refused));
        assert!(!refused.is_loop(AfterRefusal::demanded(ACR, Some(refused))));
    }

    #[test]
    fn a_refusal_comes_back_as_it_was_written() {
        for refusal in [
            AfterRefusal::Refused,
            AfterRefusal::demanded(ACR, Some(AfterRefusal::Refused)),
        ] {
            let mut writer = Writer::with_capacity(8);
            refusal.write(&mut writer);

            assert_eq!(AfterRefusal::read(writer.as_ref()), refusal);
        }
        assert_eq!(AfterRefusal::read(&[1, 2]), AfterRefusal::Refused);
        let longer = AfterRefusal::read(&[3, 1, 1, 1, 1, 9]);
        assert_eq!(
            longer,
            AfterRefusal::Demanded {
                demands: SCOPE,
                in_a_row: 3
            }
        );
    }
}
