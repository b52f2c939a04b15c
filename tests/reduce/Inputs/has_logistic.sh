# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# has_logistic.sh TAO_OPT FILE: exit code 3 for a valid module in which a result of tao.logistic is used.
"$1" "$2" > /dev/null || exit 1
name=$(sed -n 's/^ *\(%[0-9]*\) = tao.logistic.*/\1/p' "$2")
[ -n "$name" ] && grep -v 'tao.logistic' "$2" | grep -q "$name\b" && exit 3
exit 0
