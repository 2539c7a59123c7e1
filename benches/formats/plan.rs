//! A plan's JSON of any size, made like those of large stacks: instances with some forty attributes and nested blocks,
//! most of them unchanged, the same objects again under `planned_values` and `prior_state`, and a configuration.

use std::fmt::Write;

/// The JSON of a plan of at least `bytes` bytes.
pub fn plan_json(bytes: usize) -> Vec<u8> {
    // An instance stands four times in a plan: planned, before, after, prior.
    let instances = bytes / (4 * instance(0, "a").len() + 900) + 1;
    let mut out = String::with_capacity(bytes + bytes / 10);
    out.push_str(
        r#"{"format_version":"1.2","terraform_version":"1.11.4","variables":{"region":{"value":"eu-west-1"}},"#,
    );
    out.push_str(r#""planned_values":{"root_module":{"resources":["#);
    each(instances, &mut out, |out, at| in_state(out, at, "new"));
    out.push_str(r#"]}},"resource_changes":["#);
    each(instances, &mut out, change);
    out.push_str(r#"],"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":["#);
    each(instances, &mut out, |out, at| in_state(out, at, "old"));
    out.push_str(r#"]}}},"configuration":{"root_module":{"resources":["#);
    each(instances / 50 + 1, &mut out, |out, at| {
        let _ = write!(
            out,
            r#"{{"address":"aws_instance.web{at}","mode":"managed","type":"aws_instance","name":"web{at}","expressions":{{"ami":{{"constant_value":"ami-{at}"}}}},"schema_version":1}}"#
        );
    });
    out.push_str(r#"]}},"timestamp":"2026-11-23T12:00:00Z","applyable":true,"complete":true,"errored":false}"#);
    out.into_bytes()
}

fn each(count: usize, out: &mut String, one: impl Fn(&mut String, usize)) {
    for at in 0..count {
        if at > 0 {
            out.push(',');
        }
        one(out, at);
    }
}

/// Every tenth instance changes.
fn side(at: usize, side: &'static str) -> &'static str {
    if at.is_multiple_of(10) { side } else { "old" }
}

fn address(at: usize) -> String {
    format!(
        r#""address":"aws_instance.web[\"n{at}\"]","mode":"managed","type":"aws_instance","name":"web","index":"n{at}","provider_name":"registry.terraform.io/hashicorp/aws""#
    )
}

fn in_state(out: &mut String, at: usize, which: &'static str) {
    let _ = write!(
        out,
        r#"{{{},"schema_version":1,"values":{},"sensitive_values":{MASK},"depends_on":["aws_subnet.main","aws_security_group.web"]}}"#,
        address(at),
        instance(at, side(at, which))
    );
}

const MASK: &str = r#"{"credit_specification":[],"ebs_block_device":[{"tags":{}},{"tags":{}}],"metadata_options":[{}],"root_block_device":[{}],"security_groups":[],"tags":{},"tags_all":{},"vpc_security_group_ids":[false,false]}"#;

fn change(out: &mut String, at: usize) {
    let actions = if at.is_multiple_of(10) { r#"["update"]"# } else { r#"["no-op"]"# };
    let _ = write!(
        out,
        r#"{{{},"change":{{"actions":{actions},"before":{},"after":{},"after_unknown":{MASK},"before_sensitive":{MASK},"after_sensitive":{MASK}}}}}"#,
        address(at),
        instance(at, "old"),
        instance(at, side(at, "new"))
    );
}

/// One object.
fn instance(at: usize, which: &str) -> String {
    let (a, b, c) = (at % 256, at / 256 % 256, at / 65536 % 256);
    format!(
        r#"{{"ami":"ami-0c55b159cbfafe1f0","arn":"arn:aws:ec2:eu-west-1:123456789012:instance/i-{at:017x}","associate_public_ip_address":true,"availability_zone":"eu-west-1a","cpu_core_count":2,"cpu_threads_per_core":2,"credit_specification":[{{"cpu_credits":"unlimited"}}],"disable_api_stop":false,"disable_api_termination":false,"ebs_block_device":[{{"delete_on_termination":true,"device_name":"/dev/sdf","encrypted":true,"iops":3000,"kms_key_id":"arn:aws:kms:eu-west-1:123456789012:key/{at:08x}","snapshot_id":"","tags":{{"Name":"data-{at}"}},"throughput":125,"volume_id":"vol-{at:017x}","volume_size":100,"volume_type":"gp3"}},{{"delete_on_termination":true,"device_name":"/dev/sdg","encrypted":false,"iops":0,"kms_key_id":null,"snapshot_id":"","tags":{{}},"throughput":0,"volume_id":"vol-1{at:016x}","volume_size":50,"volume_type":"gp2"}}],"ebs_optimized":false,"get_password_data":false,"hibernation":null,"host_id":"","iam_instance_profile":"web","id":"i-{at:017x}","instance_state":"running","instance_type":"t3.medium","ipv6_address_count":0,"ipv6_addresses":[],"key_name":"deploy","metadata_options":[{{"http_endpoint":"enabled","http_put_response_hop_limit":1,"http_tokens":"required","instance_metadata_tags":"disabled"}}],"monitoring":false,"password_data":"","placement_group":"","private_dns":"ip-10-{c}-{b}-{a}.eu-west-1.compute.internal","private_ip":"10.{c}.{b}.{a}","public_dns":"","public_ip":"52.{c}.{b}.{a}","root_block_device":[{{"delete_on_termination":true,"device_name":"/dev/xvda","encrypted":true,"iops":100,"volume_id":"vol-2{at:016x}","volume_size":8,"volume_type":"gp2"}}],"security_groups":[],"source_dest_check":true,"subnet_id":"subnet-0a1b2c3d","tags":{{"Environment":"production","Name":"web-{at}","Owner":"team-{a}","Release":"{which}"}},"tags_all":{{"Environment":"production","ManagedBy":"terraform","Name":"web-{at}","Owner":"team-{a}","Release":"{which}"}},"tenancy":"default","timeouts":null,"user_data":"IyEvYmluL2Jhc2gKYXB0LWdldCB1cGRhdGUKYXB0LWdldCBpbnN0YWxsIC15IG5naW54CnN5c3RlbWN0bCBlbmFibGUgbmdpbngK","user_data_replace_on_change":false,"vpc_security_group_ids":["sg-0123456789abcdef0","sg-{at:017x}"]}}"#
    )
}
