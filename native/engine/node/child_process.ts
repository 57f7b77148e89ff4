// node:child_process: commander imports it for programs of subcommands. The command has none, and
// starts no program but a container's.

// biome-ignore lint/style/noDefaultExport: commander imports it
export default {};
