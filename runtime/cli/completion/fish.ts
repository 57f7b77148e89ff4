// For fish 3.4 and newer, which shows the descriptions beside the values.
export const FISH = `# fish completion for terrarium
function __terrarium_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] __complete $words[2..] "$current" 2>/dev/null)
    set -q lines[1]; or return
    set -l last (string split \\t -- $lines[-1])
    set -e lines[-1]
    for line in $lines
        printf '%s\\n' $line
    end
    set -l from (math (string length -- "$last[2]") + 1)
    set -l path (string sub -s $from -- "$current")
    switch $last[1]
        case :files
            for found in (__fish_complete_path "$path")
                printf '%s\\n' $last[2]$found
            end
        case :directories
            for found in (__fish_complete_directories "$path")
                printf '%s\\n' $last[2]$found
            end
    end
end
complete -c terrarium -f -k -a '(__terrarium_complete)'
`;
