#!/bin/bash
#SBATCH --job-name=nightshift-finish
#SBATCH --output=nightshift-finish-%j.log
# Judges the run as a whole, writes its summary and _SUCCESS. May run any number of times.
exec nightshift finish "$1" --date "$2"
