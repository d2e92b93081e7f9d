package cloudinitsyntax

import (
	"maps"
	"slices"
	"strings"
)

func set(names string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		out[name] = true
	}
	return out
}

// known are the keys at the top of user data: those of cloud-init's own schema (cloudinit/config/schemas/schema-cloud-config-v1.json
// of 22.4.2, as in Debian 12, and of 26.2), and those that its base configuration knows and user data may set too.
var known = set(`
	allow_public_ssh_keys ansible apk_repos apt apt_pipelining apt_reboot_if_required apt_update apt_upgrade authkey_hash
	autoinstall bootcmd byobu_by_default ca-certs ca_certs chef chpasswd cloud_config_modules cloud_final_modules
	cloud_init_modules create_hostname_file device_aliases disable_ec2_metadata disable_root disable_root_opts disk_setup
	drivers fan final_message fqdn fs_setup groups growpart grub-dpkg grub_dpkg hostname keyboard landscape launch-index
	locale locale_configfile lxd manage_etc_hosts manage_resolv_conf mcollective merge_how merge_type migrate
	mount_default_fields mounts no_ssh_fingerprints ntp output package_reboot_if_required package_update package_upgrade
	packages password phone_home power_state prefer_fqdn_over_hostname preserve_hostname puppet random_seed reporting
	resize_rootfs resolv_conf rh_subscription rpi rsyslog runcmd salt_minion snap spacewalk ssh ssh_authorized_keys
	ssh_deletekeys ssh_fp_console_blacklist ssh_genkeytypes ssh_import_id ssh_key_console_blacklist ssh_keys
	ssh_publish_hostkeys ssh_pwauth ssh_quiet_keygen swap system_info timezone ubuntu_advantage ubuntu_pro updates user users
	vendor_data version wireguard write_files yum_repo_dir yum_repos zypper

	allow_userdata apt_mirror apt_proxy apt_sources cloud_dir datasource datasource_list def_log_file
	disable_network_activation log_cfgs merge_type network no_log_init resize_rootfs_tmp syslog_fix_perms vendor_data2
`)

// foreign are keys by which other programs are known that read user data with the same header (Kairos, k3OS, RancherOS,
// Container Linux): what else is in the file is theirs.
var foreign = set(`coreos flatcar install k3os k3s k3s-agent p2p rancher rancheros stages`)

// fileKeys are those of an item of write_files, userKeys those of an item of users (same source).
var (
	fileKeys = set(`append content defer encoding owner path permissions source`)
	userKeys = set(`
		create-groups create_groups doas expiredate gecos groups hashed-passwd hashed_passwd homedir inactive lock-passwd
		lock_passwd name no-create-home no-log-init no-user-group no_create_home no_log_init no_user_group passwd
		plain-text-passwd plain_text_passwd primary-group primary_group selinux-user selinux_user shell snapuser
		ssh-authorized-keys ssh-import-id ssh-redirect-user ssh_authorized_keys ssh_import_id ssh_redirect_user sudo system uid
	`)
)

// encodings of write_files (the same source); any other counts as plain text.
var encodings = set(`gz gzip gz+base64 gzip+base64 gz+b64 gzip+b64 b64 base64 text/plain`)

// meant are names that people take from other programs.
var meant = map[string]string{
	"contents": "content", "data": "content", "text": "content", "mode": "permissions", "file": "path", "filename": "path", "dest": "path",
	"ssh_keys": "ssh_authorized_keys", "authorized_keys": "ssh_authorized_keys", "commands": "runcmd", "files": "write_files", "run": "runcmd",
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
