//! What may begin when: steps and the barriers between them, and what a failure leaves undone.

/// Steps by number, each with what waits for it.
#[derive(Debug, Default)]
pub struct Schedule {
    followers: Vec<Vec<usize>>,
    missing: Vec<usize>,
    doomed: Vec<bool>,
    settled: Vec<bool>,
}

impl Schedule {
    /// So many nodes, none of which waits for anything.
    pub fn new(count: usize) -> Self {
        Schedule {
            followers: vec![Vec::new(); count],
            missing: vec![0; count],
            doomed: vec![false; count],
            settled: vec![false; count],
        }
    }

    /// `later` waits for `earlier`.
    pub fn wait(&mut self, later: usize, earlier: usize) {
        if later != earlier {
            self.followers[earlier].push(later);
            self.missing[later] += 1;
        }
    }

    /// The nodes that wait for nothing.
    pub fn beginning(&self) -> Vec<usize> {
        (0..self.missing.len()).filter(|node| self.missing[*node] == 0).collect()
    }

    /// A node is done, well or badly. Gives the nodes that may begin now; the flag says whether something before them
    /// failed, so that they must not be carried out.
    pub fn settle(&mut self, node: usize, good: bool) -> Vec<(usize, bool)> {
        self.settled[node] = true;
        let mut ready = Vec::new();
        for follower in std::mem::take(&mut self.followers[node]) {
            self.missing[follower] -= 1;
            self.doomed[follower] |= !good;
            if self.missing[follower] == 0 {
                ready.push((follower, self.doomed[follower]));
            }
        }
        ready
    }

    /// Nodes that never became ready: they wait for each other.
    pub fn stuck(&self) -> impl Iterator<Item = usize> {
        self.settled.iter().enumerate().filter(|(_, settled)| !**settled).map(|(node, _)| node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_failure_is_not_carried_out() {
        let mut schedule = Schedule::new(4);
        schedule.wait(1, 0);
        schedule.wait(2, 1);
        schedule.wait(3, 2);
        assert_eq!(schedule.beginning(), [0]);
        assert_eq!(schedule.settle(0, true), [(1, false)]);
        assert_eq!(schedule.settle(1, false), [(2, true)]);
        assert_eq!(schedule.settle(2, false), [(3, true)]);
        schedule.settle(3, false);
        assert_eq!(schedule.stuck().count(), 0);
    }

    #[test]
    fn what_waits_for_itself_is_stuck() {
        let mut schedule = Schedule::new(2);
        schedule.wait(1, 0);
        schedule.wait(0, 1);
        assert!(schedule.beginning().is_empty());
        assert_eq!(schedule.stuck().collect::<Vec<_>>(), [0, 1]);
    }
}
