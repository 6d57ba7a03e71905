//! Whole containers through the real init.
mod harness;
use harness::*;
use rundlet_plan::*;

#[test]
fn runs_a_program_in_a_usual_container() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("usual");
    let script = "id -u; cat /proc/sys/kernel/hostname; echo $HOME; echo $$; pwd; ls /dev; \
        stat -c %a:%F:%t:%T /dev/null; grep -c . /proc/mounts; cat /proc/self/status";
    let outcome =
        run(&plan(steps(&bundle, &["sh", "-c", &script.replace("grep", "busybox grep")])));
    let text = outcome.ok();
    assert!(text.starts_with("0\ninside\n/root\n1\n/\n"), "{text}");
    assert!(text.contains("666:character special file:1:3"), "{text}");
    for line in [
        "CapInh:\t0000000000000000",
        "CapPrm:\t00000000000000a1",
        "CapEff:\t00000000000000a1",
        "CapBnd:\t00000000000000a1",
        "CapAmb:\t0000000000000000",
        "NoNewPrivs:\t1",
        "Groups:\t \n",
        "SigBlk:\t0000000000000000",
    ] {
        assert!(text.contains(line), "{line:?} in {text}");
    }
}
