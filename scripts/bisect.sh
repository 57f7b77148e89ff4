#!/bin/sh
# npm run bisect -- --good KERNEL --bad KERNEL --only ID: the first kernel of the catalogue on which
# a requirement does not hold.
TERRARIUM_MATRIX_PROGRAM=kernels/cli/bisect.ts exec sh "${0%/*}/matrix.sh" "$@"
