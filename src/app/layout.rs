//! Where every pane stands: a pure function of the size, the focus and the zoom. What is in a pane is not known here.

/// The panes, in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// All stacks with their four marks.
    Stacks,
    /// Files that differ from HEAD.
    Changes,
    /// What the change does.
    Plan,
    /// The text of the change.
    Diff,
    /// Findings.
    Lint,
    /// Test outcomes.
    Tests,
    /// The test environment.
    Environment,
    /// The CI-style checks of a commit.
    Checks,
    /// Apply, verify, drift and destroy at work, and what they gave.
    Activity,
}

impl Pane {
    /// All of them.
    pub const ALL: [Pane; 9] = [
        Pane::Stacks,
        Pane::Changes,
        Pane::Plan,
        Pane::Diff,
        Pane::Lint,
        Pane::Tests,
        Pane::Environment,
        Pane::Checks,
        Pane::Activity,
    ];

    /// The key that goes there, counted from 1.
    pub fn number(self) -> u8 {
        Pane::ALL.iter().position(|pane| *pane == self).map_or(0, |at| at as u8 + 1)
    }

    /// The pane of a number.
    pub fn from_number(number: u8) -> Option<Pane> {
        Pane::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// The word in its title.
    pub fn title(self) -> &'static str {
        match self {
            Pane::Stacks => "Stacks",
            Pane::Changes => "Changes",
            Pane::Plan => "Plan",
            Pane::Diff => "Diff",
            Pane::Lint => "Lint",
            Pane::Tests => "Tests",
            Pane::Environment => "Environment",
            Pane::Checks => "Checks",
            Pane::Activity => "Activity",
        }
    }
}

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// Leftmost column.
    pub x: u16,
    /// Topmost row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// A rectangle.
    pub fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Area { x, y, width, height }
    }

    /// What is left inside a border.
    #[must_use]
    pub fn inner(self) -> Area {
        Area::new(self.x + 1, self.y + 1, self.width.saturating_sub(2), self.height.saturating_sub(2))
    }

    /// Whether a cell lies inside.
    pub fn contains(self, x: u16, y: u16) -> bool {
        x >= self.x && y >= self.y && x - self.x < self.width && y - self.y < self.height
    }

    fn right(self) -> u16 {
        self.x + self.width
    }

    fn bottom(self) -> u16 {
        self.y + self.height
    }
}

/// A pane with its place. Panes above each other share the line between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub pane: Pane,
    /// With its border. One row high when only the title shows.
    pub area: Area,
    /// Whether the content shows.
    pub open: bool,
    /// Which corners meet a neighbour: top left, top right, bottom left, bottom right.
    pub joins: [bool; 4],
    /// The line below belongs to the neighbour's title.
    pub shared_below: bool,
}

/// The whole screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The whole terminal.
    pub screen: Area,
    /// The line at the top.
    pub header: Area,
    /// The line of the walk at the bottom.
    pub walk: Area,
    /// The panes that show.
    pub panes: Vec<Placed>,
    /// The terminal is too small for anything but a line that says so.
    pub too_small: bool,
    /// Diffs stand side by side.
    pub side_by_side: bool,
}

/// Below this many columns panes stack.
pub const STACKED_BELOW: u16 = 100;
/// From this many columns on there is a third column.
pub const WIDE_FROM: u16 = 160;
/// Below this size one line says how large the screen wants to be.
pub const SMALLEST: (u16, u16) = (40, 10);

/// What the person looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gaze {
    /// The pane that has the keys.
    pub focus: Pane,
    /// It fills the screen.
    pub zoomed: bool,
    /// Which of Diff, Checks and Activity was looked at last: they share one place.
    pub lower: Pane,
    /// Which pane below the plan was looked at last: in low terminals all of them share one place.
    pub below_plan: Pane,
}

impl Default for Gaze {
    fn default() -> Self {
        Gaze { focus: Pane::Stacks, zoomed: false, lower: Pane::Diff, below_plan: Pane::Diff }
    }
}

impl Gaze {
    /// Looks at another pane.
    pub fn look_at(&mut self, pane: Pane) {
        self.focus = pane;
        if matches!(pane, Pane::Diff | Pane::Checks | Pane::Activity) {
            self.lower = pane;
        }
        if matches!(pane, Pane::Diff | Pane::Checks | Pane::Activity | Pane::Lint | Pane::Tests) {
            self.below_plan = pane;
        }
    }
}

impl Layout {
    /// Works out the areas.
    pub fn of(width: u16, height: u16, gaze: Gaze) -> Layout {
        let mut layout = Layout { screen: Area::new(0, 0, width, height), ..Layout::default() };
        if width < SMALLEST.0 || height < SMALLEST.1 {
            layout.too_small = true;
            return layout;
        }
        layout.header = Area::new(0, 0, width, 1);
        layout.walk = Area::new(0, height - 1, width, 1);
        let body = Area::new(0, 1, width, height - 2);
        let areas = if gaze.zoomed {
            vec![(gaze.focus, body)]
        } else if width < STACKED_BELOW {
            stacked(body, gaze)
        } else if width < WIDE_FROM {
            two_columns(body, gaze)
        } else {
            three_columns(body, gaze)
        };
        layout.panes = join(&areas);
        let diff = layout.panes.iter().find(|placed| placed.pane == Pane::Diff);
        layout.side_by_side = width >= WIDE_FROM && diff.is_some_and(|placed| placed.area.width >= 76);
        layout
    }

    /// Where a pane stands, when it shows.
    pub fn find(&self, pane: Pane) -> Option<&Placed> {
        self.panes.iter().find(|placed| placed.pane == pane)
    }

    /// How many rows of content a pane shows.
    pub fn rows(&self, pane: Pane) -> usize {
        self.find(pane).filter(|placed| placed.open).map_or(0, |placed| usize::from(placed.area.inner().height))
    }

    /// The pane at a cell.
    pub fn at(&self, x: u16, y: u16) -> Option<&Placed> {
        self.panes.iter().rev().find(|placed| placed.area.contains(x, y))
    }
}

/// One pane open, the others as their title lines when the height allows, else none.
fn stacked(body: Area, gaze: Gaze) -> Vec<(Pane, Area)> {
    let mut shown: Vec<Pane> = vec![Pane::Stacks, Pane::Changes, Pane::Plan, Pane::Diff, Pane::Lint, Pane::Tests];
    shown.push(Pane::Environment);
    if !shown.contains(&gaze.focus) {
        shown.push(gaze.focus);
    }
    if usize::from(body.height) < shown.len() + 8 {
        return vec![(gaze.focus, body)];
    }
    let titles = shown.len() as u16 - 1;
    let mut areas = Vec::new();
    let mut y = body.y;
    for (index, pane) in shown.iter().enumerate() {
        let last = index + 1 == shown.len();
        let height = match (*pane == gaze.focus, last) {
            (false, _) => 1,
            (true, true) => body.height - titles,
            // The line below it belongs to the next title.
            (true, false) => body.height - titles + 1,
        };
        areas.push((*pane, Area::new(body.x, y, body.width, height)));
        y += if *pane == gaze.focus && !last { height - 1 } else { height };
    }
    areas
}

/// Splits `height` rows into panes that share their border lines, by weights.
fn shares(height: u16, weights: &[u16]) -> Vec<u16> {
    let total: u16 = weights.iter().sum();
    let lines = height - 1;
    let mut rest = lines;
    let mut heights: Vec<u16> = Vec::new();
    for (index, weight) in weights.iter().enumerate() {
        let share = if index + 1 == weights.len() {
            rest
        } else {
            (u32::from(lines) * u32::from(*weight) / u32::from(total)) as u16
        };
        heights.push(share + 1);
        rest -= share;
    }
    heights
}

fn column(x: u16, width: u16, body: Area, panes: &[(Pane, u16)]) -> Vec<(Pane, Area)> {
    let weights: Vec<u16> = panes.iter().map(|(_, weight)| *weight).collect();
    let mut y = body.y;
    let place = |((pane, _), height): (&(Pane, u16), u16)| {
        let area = Area::new(x, y, width, height);
        y += height - 1;
        (*pane, area)
    };
    panes.iter().zip(shares(body.height, &weights)).map(place).collect()
}

const LEFT: [(Pane, u16); 3] = [(Pane::Stacks, 40), (Pane::Changes, 33), (Pane::Environment, 27)];

fn two_columns(body: Area, gaze: Gaze) -> Vec<(Pane, Area)> {
    let left = (body.width * 26 / 100).clamp(26, 36);
    let mut areas = column(body.x, left, body, &LEFT);
    let (x, width) = (body.x + left, body.width - left);
    if body.height < 18 {
        areas.extend(column(x, width, body, &[(Pane::Plan, 50), (gaze.below_plan, 50)]));
        return areas;
    }
    let mut right = column(x, width, body, &[(Pane::Plan, 42), (gaze.lower, 36), (Pane::Lint, 22)]);
    if let Some((_, bottom)) = right.pop() {
        let half = width / 2;
        areas.extend(right);
        areas.push((Pane::Lint, Area::new(x, bottom.y, half, bottom.height)));
        areas.push((Pane::Tests, Area::new(x + half, bottom.y, width - half, bottom.height)));
    }
    areas
}

fn three_columns(body: Area, gaze: Gaze) -> Vec<(Pane, Area)> {
    let left = 34;
    let right = (body.width - left) * 36 / 100;
    let middle = body.width - left - right;
    let lower = if gaze.lower == Pane::Checks { Pane::Diff } else { gaze.lower };
    let mut areas = column(body.x, left, body, &LEFT);
    areas.extend(column(body.x + left, middle, body, &[(Pane::Plan, 50), (lower, 50)]));
    let third = [(Pane::Lint, 32), (Pane::Tests, 34), (Pane::Checks, 34)];
    areas.extend(column(body.x + left + middle, right, body, &third));
    areas
}

/// Works out which corners meet which neighbours.
fn join(areas: &[(Pane, Area)]) -> Vec<Placed> {
    let touches = |test: &dyn Fn(Area) -> bool| areas.iter().any(|(_, other)| test(*other));
    let place = |(pane, area): &(Pane, Area)| {
        let above = |other: Area| other.bottom() == area.y + 1 || (other.height == 1 && other.y + 1 == area.y);
        let below = |other: Area| other.y + 1 == area.bottom();
        let under = |other: Area| other != *area && other.y > area.y && below(other);
        let first = areas.iter().all(|(_, other)| other.y >= area.y);
        let last = areas.iter().all(|(_, other)| other.bottom() <= area.bottom());
        let line = area.height == 1;
        Placed {
            pane: *pane,
            area: *area,
            open: area.height > 1,
            joins: [
                !first && (line || touches(&|o| above(o) && o.y < area.y && o.x == area.x)),
                !first && (line || touches(&|o| above(o) && o.y < area.y && o.right() == area.right())),
                if line { !last } else { touches(&|o| under(o) && o.x == area.x) },
                if line { !last } else { touches(&|o| under(o) && o.right() == area.right()) },
            ],
            shared_below: touches(&|o| under(o) && o.x == area.x),
        }
    };
    areas.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_fill_every_size_without_leaving_it() {
        for width in (40..220).step_by(7) {
            for height in 10..70 {
                for focus in Pane::ALL {
                    for zoomed in [false, true] {
                        let mut gaze = Gaze { zoomed, ..Gaze::default() };
                        gaze.look_at(focus);
                        let layout = Layout::of(width, height, gaze);
                        let placed = layout.find(focus).expect("the focused pane shows");
                        assert!(placed.open, "{width}x{height} {focus:?}");
                        assert!(layout.rows(focus) >= 1, "{width}x{height} {focus:?}");
                        for placed in &layout.panes {
                            assert!(placed.area.right() <= width && placed.area.bottom() < height);
                            assert!(placed.area.y >= 1 && placed.area.height >= 1);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn small_terminals_say_so() {
        assert!(Layout::of(39, 30, Gaze::default()).too_small);
        assert!(Layout::of(80, 9, Gaze::default()).too_small);
    }

    #[test]
    fn every_cell_of_the_body_belongs_to_a_pane() {
        for (width, height) in [(40, 12), (80, 24), (120, 40), (170, 50), (101, 17)] {
            let layout = Layout::of(width, height, Gaze::default());
            for y in 1..height - 1 {
                for x in 0..width {
                    assert!(layout.at(x, y).is_some(), "{width}x{height}: {x},{y}");
                }
            }
        }
    }
}
