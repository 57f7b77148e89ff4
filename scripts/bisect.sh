#!/bin/sh
# npm run bisect -- --good KERNEL --bad KERNEL --only ID: bisects the kernels of the catalogue.
TERRARIUM_MATRIX_PROGRAM=kernels/cli/bisect.ts exec sh "${0%/*}/matrix.sh" "$@"
