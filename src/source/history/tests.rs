//! Histories made by git, compared with what git itself says about them.

use std::collections::BTreeSet;

use super::survey::SurveyHand;
use super::*;
use crate::model::Attribution;
use crate::source::collect::Collected;
use crate::source::git::object::prose;
use crate::source::odb::{Kinds, SweepOptions, SweptObject, Visitor};
use crate::source::sandbox::Sandbox;

/// A sweep as a scan makes it: messages are shown, blobs are noted.
struct Sweep<'a> {
    surveyor: &'a Surveyor<'a>,
    wanted: Option<&'a HashSet<ObjectId>>,
    blobs: std::sync::Mutex<BTreeSet<ObjectId>>,
    counts: std::sync::Mutex<Receipt>,
    sink: &'a Collected,
}

impl<'a> Visitor for Sweep<'a> {
    type Worker = SurveyHand<'a>;
    type State = Layout;

    fn worker(&self) -> SurveyHand<'a> {
        self.surveyor.hand()
    }

    fn visit(&self, hand: &mut SurveyHand<'a>, object: SweptObject<'_>, base: Option<&Layout>) -> Layout {
        let mut counts = self.counts.lock().unwrap();
        let origin = match object.kind {
            Kind::Commit => (&mut counts.commits, Origin::Commit),
            Kind::Tag => (&mut counts.tags, Origin::Tag),
            Kind::Tree => (&mut counts.trees, Origin::Name),
            Kind::Blob => (&mut counts.blobs, Origin::Blob),
        };
        *origin.0 += 1;
        if matches!(origin.1, Origin::Commit | Origin::Tag) {
            let mut provenance = Provenance::new(origin.1, None);
            provenance.object = Some(object.id);
            self.sink.item(Item::whole(provenance, &prose(object.bytes)));
        } else if origin.1 == Origin::Blob {
            self.blobs.lock().unwrap().insert(object.id);
        }
        hand.see(object, base)
    }

    fn wants(&self, id: &ObjectId, _: Kind) -> bool {
        self.wanted.is_none_or(|wanted| wanted.contains(id))
    }

    fn notice(&self, notice: Notice) {
        self.sink.notice(notice);
    }
}

fn swept<'r>(
    repository: &'r Repository,
    selection: &Selection,
    sought: Sought,
    sink: &Collected,
) -> (History<'r>, BTreeSet<ObjectId>) {
    let plan = Request::read(repository, selection, 2, sink).unwrap().choose(sink);
    let surveyor = plan.surveyor();
    let (blobs, counts) = Default::default();
    let sweep = Sweep { surveyor: &surveyor, wanted: plan.wanted(), blobs, counts, sink };
    let options = SweepOptions { kinds: Kinds::ALL, threads: 2 };
    plan.objects().store().sweep(options, &sweep);
    sink.count(&sweep.counts.lock().unwrap());
    let blobs = std::mem::take(&mut *sweep.blobs.lock().unwrap());
    let survey = surveyor.finish();
    (plan.finish_for(survey, sought, sink), blobs)
}

fn opened<'r>(repository: &'r Repository, selection: &Selection, sink: &Collected) -> History<'r> {
    swept(repository, selection, Sought::default(), sink).0
}

fn foreseeing(repository: &Repository, sought: Sought) -> History<'_> {
    swept(repository, &Selection::Everything, sought, &Collected::default()).0
}

/// All texts of a kind that a whole history shows.
fn texts(sandbox: &Sandbox, origin: Origin) -> String {
    let sink = Collected::default();
    opened(&sandbox.repository(), &Selection::Everything, &sink);
    let items = sink.into_items();
    let texts = items.iter().filter(|item| item.provenance.origin == origin);
    texts.map(|item| String::from_utf8_lossy(&item.bytes).into_owned()).collect::<Vec<_>>().join("\n--\n")
}

fn attributed(sandbox: &Sandbox, ids: &[ObjectId], names: &[&str]) -> Vec<Sighting> {
    let sink = Collected::default();
    let repository = sandbox.repository();
    let mut history = opened(&repository, &Selection::Everything, &sink);
    let sought = || {
        let names = names.iter().map(|name| BString::from(*name)).collect();
        Sought::new(ids.iter().copied().collect(), names)
    };
    let noted = history.attribute(&sought(), &sink);
    assert!(history.notes.take().is_some());
    assert_eq!(noted, history.attribute(&sought(), &sink), "as noted, and as read");
    let foreseen = foreseeing(&repository, sought()).attribute_foreseen(&sink);
    assert_eq!(noted, foreseen, "as foreseen");
    noted
}

fn described(sightings: &[Sighting]) -> Vec<String> {
    let commit = |commit: &Option<crate::model::CommitRef>| commit.as_ref().map_or("-".into(), |one| one.id.short());
    sightings
        .iter()
        .map(|one| {
            let path = one.path.as_ref().map_or("-".to_owned(), ToString::to_string);
            let Attribution { first, last, refs } = &one.attribution;
            format!("{path} {} {} [{}]", commit(first), commit(last), bstr::join(" ", refs.iter()).as_bstr())
        })
        .collect()
}

/// A history with a merge, moved and removed files, several refs.
fn filled(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with(options);
    sandbox.stage("dir/secret", "content\n");
    sandbox.stage("other", "1");
    sandbox.commit("one");
    sandbox.git(&["mv", "dir/secret", "moved"]);
    sandbox.commit("two");
    sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~"]);
    sandbox.stage("other", "2");
    sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["rm", "-q", "moved"]);
    sandbox.commit("three");
    sandbox.git(&["merge", "-q", "--no-commit", "side"]);
    sandbox.stage("only-in-merge/new", "brought by the merge");
    sandbox.commit("merge");
    sandbox
}

#[test]
fn trees_that_are_stored_as_differences_hold_the_same() {
    let sandbox = Sandbox::new();
    for file in 0..60 {
        sandbox.stage(&format!("dir-{}/file-{file}", file % 3), file.to_string());
    }
    sandbox.stage("dir-1/secret", "content");
    sandbox.commit("first");
    let secret = sandbox.id("HEAD:dir-1/secret");
    for round in 0..20 {
        sandbox.stage(&format!("dir-{}/file-{round}", round % 3), format!("round {round}"));
        match round {
            5 => drop(sandbox.git(&["mv", "dir-1/secret", "dir-2/a-secret"])),
            9 => sandbox.stage("dir-0/name", "sought by name"),
            12 => drop(sandbox.git(&["rm", "-q", "dir-2/a-secret", "dir-0/name"])),
            _ => {}
        }
        sandbox.commit(&format!("round {round}"));
    }
    let loose = attributed(&sandbox, &[secret], &["name"]);
    assert_eq!(loose.len(), 3, "{:?}", described(&loose));
    sandbox.git(&["repack", "-adfq", "--depth=50", "--window=50"]);
    assert_eq!(described(&loose), described(&attributed(&sandbox, &[secret], &["name"])));
}

#[test]
fn what_people_wrote_is_shown() {
    for options in [&[][..], &["--object-format=sha256"], &["--ref-format=reftable"]] {
        let sandbox = filled(options);
        sandbox.git(&["tag", "-a", "-m", "tag message", "v1"]);
        sandbox.git(&["branch", "a-telling-branch"]);
        sandbox.git(&["notes", "add", "-m", "note text"]);
        sandbox.stage("dir/amended", "x");
        sandbox.git(&["commit", "-q", "--amend", "-m", "reworded"]);
        let commits = texts(&sandbox, Origin::Commit);
        for needle in ["one", "merge\n", "reworded", "author A U Thor <author@example.com>", "committer C O Mitter"] {
            assert!(commits.contains(needle), "{needle} in {commits}");
        }
        assert!(!commits.contains(&sandbox.id("HEAD^{tree}").to_string()));
        let tags = texts(&sandbox, Origin::Tag);
        assert!(tags.contains("tag message") && tags.contains("tagger C O Mitter"), "{tags}");
        let names = texts(&sandbox, Origin::Name);
        for needle in
            ["refs/heads/a-telling-branch", "refs/tags/v1", "refs/notes/commits", "amended", "only-in-merge", "moved"]
        {
            assert!(names.contains(needle), "{needle} in {names}");
        }
        let logs = texts(&sandbox, Origin::Reflog);
        assert!(logs.contains("commit (amend): reworded"), "{logs}");
    }
}

#[test]
fn the_receipt_counts_what_git_counts() {
    let sandbox = filled(&[]);
    sandbox.git(&["tag", "-a", "-m", "x", "v1"]);
    for is_packed in [false, true] {
        if is_packed {
            sandbox.git(&["gc", "-q", "--prune=now"]);
        }
        let sink = Collected::default();
        opened(&sandbox.repository(), &Selection::Everything, &sink);
        let all = sandbox.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"]);
        let count = |kind: &str| all.lines().filter(|line| *line == kind).count() as u64;
        let receipt = sink.receipt();
        assert_eq!((receipt.commits, receipt.trees, receipt.tags), (count("commit"), count("tree"), count("tag")));
        assert_eq!(sink.notices(), [""; 0]);
    }
}

#[test]
fn first_and_last_commit_and_refs_are_told_for_each_path() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = filled(options);
        let short = |revision: &str| sandbox.id(revision).short();
        let secret = sandbox.id("main~3:dir/secret");
        let refs = "[refs/heads/main refs/heads/side]";
        assert_eq!(
            described(&attributed(&sandbox, &[secret], &[])),
            [
                format!("dir/secret {} {} {refs}", short("main~3"), short("side")),
                format!("moved {} {} [refs/heads/main]", short("main~2"), short("main~2")),
            ]
        );
        let brought = sandbox.id("main:only-in-merge/new");
        let expected = format!("only-in-merge/new {} {} [refs/heads/main]", short("main"), short("main"));
        assert_eq!(described(&attributed(&sandbox, &[brought], &[])), std::slice::from_ref(&expected));
        // The same by name.
        assert_eq!(described(&attributed(&sandbox, &[], &["new"])), [expected]);
        assert_eq!(described(&attributed(&sandbox, &[], &["nothing", "dir"])), [""; 0]);
        assert_eq!(described(&attributed(&sandbox, &[], &[])), [""; 0]);
    }
}

#[test]
fn every_file_of_a_tangled_history_is_attributed_as_git_would() {
    let sandbox = Sandbox::new();
    for round in 0..12 {
        let branch = format!("b{}", round % 4);
        if sandbox.try_git(".", &["checkout", "-q", &branch], b"").status.success() {
            let merged = format!("b{}", (round + 1) % 4);
            sandbox.try_git(".", &["merge", "-q", "-m", "merged", "-X", "ours", &merged], b"");
        } else {
            sandbox.git(&["checkout", "-q", "-b", &branch]);
        }
        sandbox.stage(&format!("d{}/{}", round % 3, round % 5), format!("content {}", round % 7));
        if round % 3 == 2 {
            sandbox.git(&["rm", "-q", "-r", &format!("d{}", round % 2), "--ignore-unmatch"]);
        }
        sandbox.commit(&format!("round {round}"));
    }
    if sandbox.git(&["status", "--porcelain"]).lines().any(|line| !line.starts_with("??")) {
        panic!("nothing must be left over");
    }
    let mut expected: BTreeMap<(String, String), (Vec<String>, BTreeSet<String>)> = Default::default();
    for commit in sandbox.git(&["rev-list", "--all"]).lines() {
        for line in sandbox.git(&["ls-tree", "-r", commit]).lines() {
            let (meta, path) = line.split_once('\t').unwrap();
            let blob = meta.rsplit(' ').next().unwrap();
            let entry = expected.entry((blob.to_owned(), path.to_owned())).or_default();
            entry.0.push(commit.to_owned());
            let contains = sandbox.git(&["for-each-ref", "--contains", commit, "--format=%(refname)"]);
            entry.1.extend(contains.lines().map(str::to_owned));
        }
    }
    let blobs: Vec<ObjectId> = expected.keys().map(|(blob, _)| ObjectId::from_hex(blob.as_bytes()).unwrap()).collect();
    for is_packed in [false, true] {
        if is_packed {
            sandbox.git(&["gc", "-q"]);
        }
        let found = attributed(&sandbox, &blobs, &[]);
        assert_eq!(found.len(), expected.len());
        for one in found {
            let key = (one.blob.to_string(), one.path.clone().unwrap().to_string());
            let (commits, refs) = &expected[&key];
            let first = one.attribution.first.unwrap();
            let last = one.attribution.last.unwrap();
            assert!(commits.contains(&first.id.to_string()) && commits.contains(&last.id.to_string()));
            let is_ancestor =
                |a: &str, b: &str| sandbox.try_git(".", &["merge-base", "--is-ancestor", a, b], b"").status.success();
            for commit in commits {
                let (id, last) = (first.id.to_string(), last.id.to_string());
                assert!(*commit == id || !is_ancestor(commit, &id), "{key:?}: {commit} is before {id}");
                assert!(*commit == last || !is_ancestor(&last, commit), "{key:?}: {commit} is after {last}");
            }
            let named: BTreeSet<String> = one.attribution.refs.iter().map(ToString::to_string).collect();
            assert_eq!(named, *refs, "{key:?}");
        }
    }
}

#[test]
fn hiding_places_are_told_apart() {
    let sandbox = filled(&[]);
    let blob = |text: &str| {
        let id = sandbox.git_with_input(&["hash-object", "-w", "--stdin"], text.as_bytes());
        ObjectId::from_hex(id.as_bytes()).unwrap()
    };
    let loose = blob("never committed");
    let tagged = blob("tagged");
    sandbox.git(&["tag", "blob-tag", &tagged.to_string()]);
    let in_tree = blob("only in a tree");
    let tree = sandbox.git_with_input(&["mktree"], format!("100644 blob {in_tree}\tname\n").as_bytes());
    let outer = sandbox.git_with_input(&["mktree"], format!("040000 tree {tree}\tdir\n").as_bytes());
    let tree_tagged = blob("in a tagged tree");
    let tree = sandbox.git_with_input(&["mktree"], format!("100644 blob {tree_tagged}\tfile\n").as_bytes());
    sandbox.git(&["tag", "-a", "-m", "x", "tree-tag", &tree]);
    sandbox.stage("staged-only", "in the index");
    let staged = sandbox.id(":staged-only");
    let ids = [loose, tagged, in_tree, tree_tagged, staged];
    let mut found = described(&attributed(&sandbox, &ids, &[]));
    found.sort();
    assert_eq!(
        found,
        [
            "- - - []",
            "- - - [refs/tags/blob-tag]",
            "dir/name - - []",
            "file - - [refs/tags/tree-tag]",
            "staged-only - - [index]",
        ]
    );
    assert!(!outer.is_empty());
    // A commit that nothing reaches any more.
    sandbox.commit("with staged");
    let gone = sandbox.id("HEAD");
    sandbox.git(&["reset", "-q", "--hard", "HEAD~"]);
    let only_log = described(&attributed(&sandbox, &[staged], &[]));
    assert_eq!(only_log, [format!("staged-only {0} {0} [ORIG_HEAD]", gone.short())]);
    sandbox.git(&["update-ref", "-d", "ORIG_HEAD"]);
    assert_eq!(described(&attributed(&sandbox, &[staged], &[])), [format!("staged-only {0} {0} []", gone.short())]);
    // A stash keeps it.
    sandbox.write("untracked", "stashed");
    sandbox.git(&["stash", "-q", "-u"]);
    let stashed = sandbox.id("stash^3:untracked");
    let first = sandbox.id("stash^3").short();
    let found = described(&attributed(&sandbox, &[stashed], &[]));
    assert_eq!(found, [format!("untracked {first} {first} [refs/stash]")]);
}

#[test]
fn texts_are_attributed_by_the_refs_that_reach_them() {
    let sandbox = filled(&[]);
    sandbox.git(&["tag", "-a", "-m", "x", "v1", "side"]);
    let sink = Collected::default();
    let repository = sandbox.repository();
    let history = opened(&repository, &Selection::Everything, &sink);
    let (one, tag) = (sandbox.id("side"), sandbox.id("v1^{tag}"));
    let found = history.attribute_texts(&[one, tag]);
    assert_eq!(*found[&one].refs, ["refs/heads/main", "refs/heads/side", "refs/tags/v1"]);
    assert_eq!(found[&one].first.as_ref().unwrap().id, one);
    assert_eq!(*found[&tag].refs, ["refs/tags/v1"]);
}

#[test]
fn a_limited_history_counts_what_git_lists_for_it() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = filled(options);
        sandbox.git(&["tag", "-a", "-m", "x", "v1", "side"]);
        sandbox.commit("unreachable soon");
        sandbox.stage("lost", "lost");
        sandbox.commit("lost too");
        let lost = sandbox.id("HEAD:lost");
        sandbox.git(&["reset", "-q", "--hard", "HEAD~"]);
        sandbox.git(&["update-ref", "-d", "ORIG_HEAD"]);
        let repository = sandbox.repository();
        let cases = [
            (Selection::Reachable, "--all"),
            (Selection::From(vec!["side".into()]), "side"),
            (Selection::From(vec!["v1".into()]), "v1"),
        ];
        for (selection, revision) in cases {
            let sink = Collected::default();
            let (_, blobs) = swept(&repository, &selection, Sought::default(), &sink);
            let listed = sandbox.git(&["rev-list", "--objects", "--no-object-names", revision]);
            let of_kind = |kind: &str| -> BTreeSet<ObjectId> {
                let kinds = sandbox
                    .git_with_input(&["cat-file", "--batch-check=%(objecttype) %(objectname)"], listed.as_bytes());
                let lines = kinds.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' '));
                lines.map(|id| ObjectId::from_hex(id.as_bytes()).unwrap()).collect()
            };
            assert_eq!(blobs, of_kind("blob"), "{revision}");
            assert!(!blobs.contains(&lost));
            assert_eq!(sink.receipt().commits, of_kind("commit").len() as u64);
            assert_eq!(sink.receipt().trees, of_kind("tree").len() as u64);
            let shown: BTreeSet<ObjectId> = sink
                .items()
                .iter()
                .filter(|item| matches!(item.provenance.origin, Origin::Commit | Origin::Tag))
                .filter_map(|item| item.provenance.object)
                .collect();
            assert_eq!(shown, of_kind("commit").union(&of_kind("tag")).copied().collect(), "{revision}");
        }
        let sink = Collected::default();
        let error = Request::read(&repository, &Selection::From(vec!["nope".into()]), 1, &sink).err().unwrap();
        assert!(error.is_usage());
    }
}

#[test]
fn gaps_are_told_and_empty_repositories_are_not_gaps() {
    let origin = filled(&[]);
    let url = format!("file://{}", origin.path().display());
    let clone = Sandbox::bare_directory();
    clone.git(&["clone", "-q", "--depth=1", &url, "shallow"]);
    clone.git(&["-C", &origin.path().display().to_string(), "config", "uploadpack.allowFilter", "true"]);
    clone.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    clone.git(&["init", "-q", "empty"]);
    let notices = |directory: &str, selection: &Selection| {
        let path = clone.path().join(directory);
        let repository = Repository::require(&path, &crate::source::git::GitEnvironment::default()).unwrap();
        let sink = Collected::default();
        opened(&repository, selection, &sink);
        sink.notices()
    };
    for selection in [Selection::Everything, Selection::Reachable] {
        assert_eq!(notices("shallow", &selection), [format!("shallow {}", origin.id("main"))]);
        assert_eq!(notices("partial", &selection), ["missing partial clone"]);
        assert_eq!(notices("empty", &selection), [""; 0]);
    }
}

#[test]
fn what_is_missing_or_damaged_is_told_and_the_rest_is_read() {
    for selection in [Selection::Everything, Selection::Reachable] {
        for revision in ["main~3:dir/secret", "main~3:dir", "main~3", "main~3^{tree}"] {
            for damage in ["gone", "no object", "cut short"] {
                let sandbox = filled(&[]);
                let id = sandbox.id(revision).to_string();
                let file = sandbox.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
                let bytes = std::fs::read(&file).unwrap();
                std::fs::remove_file(&file).unwrap();
                match damage {
                    "no object" => std::fs::write(&file, "damaged").unwrap(),
                    "cut short" => std::fs::write(&file, &bytes[..bytes.len() - 8]).unwrap(),
                    _ => {}
                }
                let sink = Collected::default();
                opened(&sandbox.repository(), &selection, &sink);
                let told = sink.notices().iter().any(|notice| notice.contains(&id));
                assert!(told, "{selection:?} {revision} {damage} {:?}", sink.notices());
                assert!(sink.items().iter().any(|item| item.bytes.ends_with(b"merge\n")), "{revision}");
            }
        }
    }
}

#[test]
fn submodules_are_histories_of_their_own() {
    let inner = filled(&[]);
    let sandbox = filled(&[]);
    sandbox.git(&["submodule", "--quiet", "add", &inner.path().display().to_string(), "libs/inner"]);
    sandbox.commit("module");
    let repository = sandbox.repository();
    let modules = repository.modules();
    let names: Vec<String> = modules.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["libs/inner"]);
    let sink = Collected::default();
    let history = opened(modules[0].1.as_ref().unwrap().as_ref().unwrap(), &Selection::Everything, &sink);
    assert!(history.graph().find(&inner.id("main")).is_some());
    let found = history.attribute(&Sought::new(HashSet::from([inner.id("main:other")]), HashSet::new()), &sink);
    assert_eq!(found[0].path.as_ref().unwrap(), "libs/inner/other");
}
