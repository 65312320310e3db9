/** What `bty --help` prints; the manual page names each of these flags. */
export const USAGE = `usage: bty [--server URL] [--mac MAC] [--catalog SOURCE] [--disk PATH]
       bty flash --image SOURCE --disk DISK [--yes] [--json] ...
       bty burn [--medium SOURCE] --disk DISK [--image NAME ...] ...
       bty disks [--json]
       bty images [--catalog SOURCE] [--json]
       bty capture [--trim] [--json] DISK IMAGE.img.zst
       bty catalog check [--json] FILE

Writes disk images to the disks of this machine. Without a command, a wizard asks for image and disk.

  --server URL      server to ask, used together with --mac (default: bty-server)
  --mac MAC         do what the server plans for the machine with this MAC address
  --catalog SOURCE  choose from this catalog: a path, file://, http://, https:// or oras://
  --disk PATH       offer this target too: a loop device, or a file that exists; may be repeated
  --version         print the version
  -h, --help        print this text; behind a command, that of the command
`
