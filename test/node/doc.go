// Package node tests the user data of rendered clouds by the programs that read it: cloud-init really runs it, in an
// overlay of this machine's root folder, and systemd, shellcheck and a shell parser judge what it leaves behind. It knows
// nothing of the code that rendered it.
//
// It needs Linux, root, and the packages of install.sh.
package node
