/** What `bty --help` prints; the manual page names each of these flags. */
export const USAGE = `usage: bty [--server URL] [--mac MAC] [--catalog SOURCE] [--disk PATH]
       bty catalog check [--json] FILE
       bty capture [--trim] [--json] DISK IMAGE.img.zst

Writes disk images to the disks of this machine.

  --server URL      server to ask, used together with --mac (default: bty-server)
  --mac MAC         do what the server plans for the machine with this MAC address
  --catalog SOURCE  choose from this catalog: a path, file://, http:// or https://
  --disk PATH       offer this target too: a loop device, or a file that exists; may be repeated
  --version         print the version
  -h, --help        print this text
`
