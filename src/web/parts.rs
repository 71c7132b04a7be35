//! Parts that several pages show: the squares, the reckoning of a date, the timeline, messages.
//! All hold finished values in the reader's language.

use crate::db::runs::ItemCount;
use crate::domain::store::ItemOutcome;

/// Records as squares or as a vessel: full is held, empty is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Records that are gone.
    pub gone: usize,
    /// Records still to go.
    pub todo: usize,
    /// Records kept on a legal ground.
    pub kept: usize,
}

/// What one square stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Square {
    /// Hollow.
    Gone,
    /// In the accent colour.
    Todo,
    /// Full, with a keyhole.
    Kept,
}

/// A square and the place of its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it stands for.
    pub square: Square,
    /// From the left.
    pub x: usize,
    /// From the top.
    pub y: usize,
}

impl Cells {
    /// All these items together. What is not the person's, or waits for an answer, is none of them.
    pub fn of<'a>(counts: impl IntoIterator<Item = &'a ItemCount>) -> Cells {
        let mut cells = Cells {
            gone: 0,
            todo: 0,
            kept: 0,
        };
        for count in counts {
            let number = usize::try_from(count.count).unwrap_or(0);
            match (count.decision.as_str(), count.outcome) {
                (
                    "erase",
                    Some(ItemOutcome::Erased | ItemOutcome::Neutralised | ItemOutcome::Attested),
                ) => {
                    cells.gone += number;
                }
                ("keep", _) | ("erase", Some(ItemOutcome::Kept)) => cells.kept += number,
                ("erase", _) => cells.todo += number,
                _ => {}
            }
        }
        cells
    }

    const PER_ROW: usize = 24;
    const PITCH: usize = 16;
    const SIDE: usize = 12;
    /// Above this many records the squares become a vessel.
    const MOST: usize = 120;

    /// How many records there were.
    pub fn total(&self) -> usize {
        self.gone + self.todo + self.kept
    }

    /// Whether there are few enough records to draw one by one.
    pub fn countable(&self) -> bool {
        self.total() <= Self::MOST
    }

    /// Every square, row by row.
    pub fn squares(&self) -> impl Iterator<Item = Place> {
        let of = |square, number| std::iter::repeat_n(square, number);
        let squares = of(Square::Gone, self.gone)
            .chain(of(Square::Todo, self.todo))
            .chain(of(Square::Kept, self.kept));
        squares.enumerate().map(|(index, square)| Place {
            square,
            x: index % Self::PER_ROW * Self::PITCH,
            y: index / Self::PER_ROW * Self::PITCH,
        })
    }

    /// Height of the drawing, whose width is 380.
    pub fn height(&self) -> usize {
        self.total().div_ceil(Self::PER_ROW).max(1) * Self::PITCH - (Self::PITCH - Self::SIDE)
    }

    /// Height on the screen at the full width of 608 pixels.
    pub fn shown_height(&self) -> usize {
        (self.height() * 608).div_ceil(380)
    }

    /// The share kept, as hundredths of the vessel.
    pub fn kept_share(&self) -> usize {
        (self.kept * 100).div_ceil(self.total().max(1))
    }

    /// The share still to go, as hundredths of the vessel.
    pub fn todo_share(&self) -> usize {
        (self.todo * 100)
            .div_ceil(self.total().max(1))
            .min(100 - self.kept_share())
    }
}

/// How a due date was reckoned (Art. 12(3); Regulation 1182/71, Art. 3).
#[derive(Clone, Debug)]
pub struct Reckoning {
    /// Receipt, month, roll: each a short date and what it is.
    pub steps: Vec<(String, String)>,
    /// The law and the calendar of holidays.
    pub law: String,
}

/// Where a happening stands in the course of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// It has happened.
    Past,
    /// It is going on.
    Now,
    /// It comes next.
    Next,
}

/// One line of a timeline.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Past, now or next.
    pub tense: Tense,
    /// For machines (`2026-11-20T09:12`) and for people; of the past only.
    pub when: Option<(String, String)>,
    /// A whole sentence.
    pub text: String,
}

/// One message of a conversation.
#[derive(Clone, Debug)]
pub struct Message {
    /// Whether the vendor wrote it.
    pub ours: bool,
    /// Who wrote it, as the reader knows them.
    pub author: String,
    /// For machines (`2026-12-01T10:00`).
    pub datetime: String,
    /// For people.
    pub when: String,
    /// The paragraphs.
    pub paragraphs: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_stand_in_rows_of_24_and_kept_ones_last() {
        let cells = Cells {
            gone: 24,
            todo: 1,
            kept: 1,
        };
        let last = cells.squares().last().expect("26 squares");
        assert_eq!(
            last,
            Place {
                square: Square::Kept,
                x: 16,
                y: 16
            }
        );
        assert_eq!(cells.height(), 28);
        assert!(cells.countable());
        assert_eq!(
            Cells {
                gone: 0,
                todo: 0,
                kept: 0
            }
            .height(),
            12
        );
    }

    #[test]
    fn a_vessel_never_hides_what_is_still_held() {
        let cells = Cells {
            gone: 9_998,
            todo: 1,
            kept: 1,
        };
        assert!(!cells.countable());
        assert_eq!((cells.kept_share(), cells.todo_share()), (1, 1));
        let full = Cells {
            gone: 0,
            todo: 1,
            kept: 999,
        };
        assert_eq!(full.kept_share() + full.todo_share(), 100);
    }
}
