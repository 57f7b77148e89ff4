// node:child_process: commander imports it for external subcommands, which the command does not
// have. The command starts only containers.

// biome-ignore lint/style/noDefaultExport: commander imports it
export default {};
