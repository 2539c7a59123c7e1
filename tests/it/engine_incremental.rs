//! What an engine says after an edit, going on from what it remembers, is what a new one says that knows nothing: over a
//! thousand random edits of random repos, and for the edits that people make one by one.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{ApplyOptions, Engine, PlanOptions, Planned, Source, Surroundings, Unwatched, provider};
use kilter::model::place::RepoPath;
use kilter::sys::files::FakeFiles;

/// Xorshift: the same repos and edits everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

/// An expression over names that may or may not be there.
fn expression(dice: &mut Dice, depth: usize) -> String {
    let leaf = depth == 0 || dice.roll(3) == 0;
    if leaf {
        return match dice.roll(12) {
            0 => dice.roll(5).to_string(),
            1 => format!("\"s{}\"", dice.roll(3)),
            2 | 3 => format!("local.{}", dice.pick(&["a", "b", "c", "d"])),
            4 | 5 => format!("var.{}", dice.pick(&["x", "y", "z"])),
            6 => format!("terraform_data.r{}.output", dice.roll(4)),
            7 => format!("module.m{}.out", dice.roll(2)),
            8 => "terraform.workspace".to_owned(),
            9 => format!("file(\"{}\")", dice.pick(&["one.txt", "two.txt"])),
            10 => "path.module".to_owned(),
            _ => "[1, 2]".to_owned(),
        };
    }
    let inner = |dice: &mut Dice| expression(dice, depth - 1);
    match dice.roll(8) {
        0 => format!("\"<${{{}}}>\"", inner(dice)),
        1 => format!("[{}, {}]", inner(dice), inner(dice)),
        2 => format!("try({}, {})", inner(dice), inner(dice)),
        3 => format!("{} == {}", inner(dice), inner(dice)),
        4 => format!("{{ k = {}, l = {} }}", inner(dice), inner(dice)),
        5 => format!("{} == \"s1\" ? {} : \"no\"", inner(dice), inner(dice)),
        6 => format!("jsonencode({})", inner(dice)),
        _ => format!("[for v in [{}, \"z\"] : v]", inner(dice)),
    }
}

fn block(dice: &mut Dice) -> String {
    let layout = dice.pick(&["", "\n", "# why\n", "\n\n"]);
    let text = match dice.roll(11) {
        0 | 1 => format!("locals {{\n  {} = {}\n}}\n", dice.pick(&["a", "b", "c", "d"]), expression(dice, 2)),
        2 => format!(
            "variable \"{}\" {{\n  default = {}\n  {}\n}}\n",
            dice.pick(&["x", "y", "z"]),
            dice.pick(&["1", "\"s1\"", "null", "[1]"]),
            dice.pick(&[
                "",
                "sensitive = true",
                "type = string",
                "validation {\n condition = var.x != 3\n error_message = \"three\"\n }"
            ])
        ),
        3 | 4 => format!(
            "resource \"terraform_data\" \"r{}\" {{\n  {}\n  input = {}\n  {}\n}}\n",
            dice.roll(4),
            dice.pick(&["", "", "count = 2", "for_each = { p = 1, q = local.a }", "for_each = toset([\"p\", \"s\"])"]),
            expression(dice, 2),
            dice.pick(&[
                "",
                "triggers_replace = var.x",
                "lifecycle {\n create_before_destroy = true\n }",
                "lifecycle {\n ignore_changes = [input]\n }",
                "lifecycle {\n postcondition {\n condition = self.input != 4\n error_message = \"four\"\n }\n }",
                "lifecycle {\n replace_triggered_by = [terraform_data.r0]\n }",
            ])
        ),
        5 | 6 => format!(
            "module \"m{}\" {{\n  source = \"./{}\"\n  {}\n  y = {}\n}}\n",
            dice.roll(2),
            dice.pick(&["child", "child", "other"]),
            dice.pick(&["", "count = 2", "for_each = { p = 1, q = local.b }"]),
            expression(dice, 1)
        ),
        7 | 8 => format!(
            "output \"o{}\" {{\n  value = {}\n  {}\n}}\n",
            dice.roll(3),
            expression(dice, 2),
            dice.pick(&[
                "",
                "sensitive = true",
                "precondition {\n condition = var.x != 2\n error_message = \"two\"\n }"
            ])
        ),
        9 => format!(
            "check \"c{}\" {{\n  assert {{\n condition = {} != 9\n error_message = \"nine\"\n }}\n}}\n",
            dice.roll(2),
            expression(dice, 1)
        ),
        _ => format!(
            "moved {{\n  from = terraform_data.r{}\n  to = terraform_data.r{}\n}}\n",
            dice.roll(4),
            dice.roll(4)
        ),
    };
    format!("{layout}{text}")
}

/// A directory as blocks, so that an edit is one of them.
struct Repo {
    files: Arc<FakeFiles>,
    modules: Vec<(&'static str, Vec<String>)>,
}

const CHILD: &str = "variable \"y\" {}\nlocals {\n  a = var.y\n}\nresource \"terraform_data\" \"r0\" {\n  input = [local.a, path.module]\n}\noutput \"out\" {\n  value = terraform_data.r0.output\n}\n";

impl Repo {
    fn new(dice: &mut Dice) -> Repo {
        let mut repo = Repo {
            files: Arc::new(FakeFiles::default()),
            modules: vec![
                ("/s/main.tf", vec![]),
                ("/s/more.tf", vec![]),
                ("/s/child/main.tf", vec![]),
                ("/s/other/main.tf", vec![]),
            ],
        };
        for at in 0..2 {
            repo.modules[at].1 = (0..3 + dice.roll(5)).map(|_| block(dice)).collect();
        }
        repo.modules[0].1.extend(["x", "y", "z"].map(|name| format!("variable \"{name}\" {{\n  default = 1\n}}\n")));
        repo.modules[1].1.extend(["a", "b", "c", "d"].map(|name| format!("locals {{\n  {name} = \"{name}\"\n}}\n")));
        repo.modules[2].1 = vec![CHILD.to_owned()];
        repo.modules[3].1 = vec![CHILD.to_owned(), "output \"more\" {\n  value = 1\n}\n".to_owned()];
        repo.put("/s/one.txt", "one");
        repo.put("/s/two.txt", "two");
        (0..4).for_each(|at| repo.write(at));
        repo
    }

    fn put(&self, path: &str, text: &str) {
        self.files.put(Path::new(path), text.as_bytes(), 0o644);
    }

    fn write(&self, at: usize) {
        let (path, blocks) = &self.modules[at];
        self.put(path, &blocks.concat());
    }

    fn edit(&mut self, dice: &mut Dice) {
        let at = dice.roll(self.modules.len());
        let count = self.modules[at].1.len();
        match dice.roll(10) {
            0 | 1 if at < 2 => self.modules[at].1.insert(dice.roll(count + 1), block(dice)),
            2 if count > 1 => {
                self.modules[at].1.remove(dice.roll(count));
            }
            3 | 4 if count > 0 => {
                let fresh = if at < 2 {
                    block(dice)
                } else {
                    CHILD.replace("local.a,", &format!("local.a, {},", dice.roll(9)))
                };
                let old = dice.roll(count);
                self.modules[at].1[old] = fresh;
            }
            5 if count > 0 => {
                let old = dice.roll(count);
                self.modules[at].1[old].insert_str(0, "# moved down\n\n");
            }
            6 if count > 0 => {
                let old = dice.roll(count);
                let text = self.modules[at].1[old].replace(" = ", dice.pick(&["=", "   =  "]));
                self.modules[at].1[old] = text;
            }
            7 => self.put(dice.pick(&["/s/one.txt", "/s/two.txt"]), &format!("text {}", dice.roll(3))),
            8 => self.put("/s/terraform.tfvars", &format!("x = {}\n", dice.roll(4))),
            9 if count > 1 => {
                let (a, b) = (dice.roll(count), dice.roll(count));
                self.modules[at].1.swap(a, b);
            }
            _ if count > 0 => {
                // A digit changes, or a brace is lost until the next edit of this block.
                let old = dice.roll(count);
                let digit = dice.roll(10).to_string();
                let text = match dice.roll(6) {
                    0 => self.modules[at].1[old].replacen('}', "", 1),
                    _ => self.modules[at].1[old].replacen(|c: char| c.is_ascii_digit(), &digit, 1),
                };
                self.modules[at].1[old] = text;
            }
            _ => {}
        }
        self.write(at);
    }
}

fn around() -> Surroundings {
    let mut around = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    around.files = Some(Arc::new(FakeFiles::default()));
    around
}

fn same(context: &str, repo: &Repo, again: &Planned, anew: &Planned) {
    let texts = || {
        let files: Vec<String> =
            repo.modules.iter().map(|(path, blocks)| format!("== {path}\n{}", blocks.concat())).collect();
        files.join("\n")
    };
    assert_eq!(again.diagnostics, anew.diagnostics, "{context}: diagnostics\n{}", texts());
    for (a, b) in again.plan.changes.iter().zip(&anew.plan.changes) {
        assert_eq!(a, b, "{context}: a row\n{}", texts());
    }
    assert_eq!(again.plan, anew.plan, "{context}: the plan\n{}", texts());
    assert_eq!(again.reads, anew.reads, "{context}: what was read\n{}", texts());
}

/// Random repos, random edits; now and then the plan is applied, and the next plans are against its state.
fn compare(seed: u64, repos: usize, edits: usize) {
    let mut dice = Dice(seed);
    for at in 0..repos {
        let mut repo = Repo::new(&mut dice);
        let engine = Engine::new(provider::builtin());
        let source = Source::new(repo.files.clone(), "/s", RepoPath::root());
        let mut options = PlanOptions::default();
        let head =
            Source::new(Arc::new(FakeFiles::with([("/s/main.tf", "locals {\n  a = 1\n}\n")])), "/s", RepoPath::root());
        for edit in 0..edits {
            let context = format!("seed {seed:#x}, repo {at}, edit {edit}");
            let again = engine.plan(&source, &options, &around());
            let anew = Engine::new(provider::builtin()).plan(&source, &options, &around());
            same(&context, &repo, &again, &anew);
            if edit % 4 == 0 {
                let again = engine.compare(&head, &source, &options, &around());
                let anew = Engine::new(provider::builtin()).compare(&head, &source, &options, &around());
                same(&format!("{context}, compared"), &repo, &again, &anew);
            }
            if !again.plan.errored && dice.roll(3) == 0 {
                let done = engine.apply(&source, &again, &ApplyOptions::default(), &around(), &Unwatched);
                options.state = Some(done.state);
            }
            repo.edit(&mut dice);
        }
    }
}

/// `KILTER_EDITS_SEED` and `KILTER_EDITS_REPOS` ask for other repos, and for more.
#[test]
fn a_thousand_random_edits_give_what_planning_from_nothing_gives() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let repos = asked("KILTER_EDITS_REPOS").unwrap_or(40);
    compare(asked("KILTER_EDITS_SEED").unwrap_or(0x5eed_0001), repos as usize, 25);
}
