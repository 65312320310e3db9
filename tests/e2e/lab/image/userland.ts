/** What runs when the test image boots: an initramfs that finds the root partition, and an init of its own on it. */

/** In the order of loading; those built into the kernel are left out. They reach virtio, SATA and SCSI disks. */
export const MODULES = [
  'virtio_blk',
  'scsi_common',
  'scsi_mod',
  'sd_mod',
  'libata',
  'libahci',
  'ahci',
  'ata_piix',
] as const

/** Printed by the root partition's init on the serial console, followed by the image's key. */
export const MARKER = 'bty-e2e: userland is up, image'

/** `/init` of the initramfs. `rootName`: GPT name of the partition to boot from. */
export function initramfsInit(rootName: string): string {
  return `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
exec </dev/console >/dev/console 2>&1
for module in ${MODULES.join(' ')}; do
  [ -e /modules/$module.ko ] && insmod /modules/$module.ko
done
found=
tries=0
until [ -n "$found" ] || [ $tries -gt 300 ]; do
  found=$(grep -l '^PARTNAME=${rootName}$' /sys/class/block/*/uevent 2>/dev/null | head -n 1)
  [ -n "$found" ] || { tries=$((tries + 1)); usleep 100000; }
done
name=\${found%/uevent}
# noload: not even the journal may change a byte of what was flashed.
mount -t ext4 -o ro,noload /dev/\${name##*/} /root &&
  mount -o move /dev /root/dev && mount -o move /proc /root/proc && exec switch_root /root /sbin/init
echo "bty-e2e: no root partition; disks: $(ls /sys/class/block | tr '\\n' ' ')"
echo o >/proc/sysrq-trigger; sleep 60
`
}

/** `/sbin/init` of the root partition: says that it runs, then boots the machine anew. */
export function rootInit(key: string): string {
  return `#!/bin/busybox sh
echo "${MARKER} ${key}" >/dev/console
echo b >/proc/sysrq-trigger
/bin/busybox sleep 60
`
}
