/* SPDX-License-Identifier: MIT */
/*
 * limits.h - how large rules may be.
 *
 * Rules are files of other people. Each limit is far above what published rules need, and
 * together they bound the time and the memory of loading and of evaluating.
 */
#ifndef VIGIL_DETECT_LIMITS_H
#define VIGIL_DETECT_LIMITS_H

#define LIMIT_FILE_BYTES   (1u << 20)
#define LIMIT_FILES        100000u
#define LIMIT_FOLDER_DEPTH 32u
#define LIMIT_DEPTH        32u    /* of YAML, and of parentheses in a condition */
#define LIMIT_NODES        50000u /* of a YAML document, each alias counted as what it stands for */
#define LIMIT_RULES        50000u /* of a set */
#define LIMIT_TEXT         8192u  /* bytes of a value after modifiers */
#define LIMIT_VALUES       50000u /* of a rule after modifiers */
#define LIMIT_RULE_BYTES   (16u << 20)  /* memory of a rule */
#define LIMIT_SET_BYTES    (512u << 20) /* memory of a set, after which no more rules are added */
#define LIMIT_PLACEHOLDERS 16u          /* of a value */
#define LIMIT_EXPANSIONS   1024u        /* values that one value becomes */
#define LIMIT_REFERENCES   64u          /* rules, fields to group by, or fields of a correlation */
#define LIMIT_CONDITION    16384u       /* bytes of a condition */
#define LIMIT_TERMS        8192u        /* of a condition after `of` was replaced */
#define LIMIT_REGEX        2048u        /* bytes of a regular expression */
#define LIMIT_REGEX_CODE   65536u       /* bytes of its compiled form */
#define LIMIT_REGEXES      10000u       /* of a set */
#define LIMIT_REGEX_TOTAL  (64u << 20)
/* Of one match: backtracking steps, and KiB of heap. */
#define LIMIT_REGEX_STEPS 50000u
#define LIMIT_REGEX_DEPTH 5000u
#define LIMIT_REGEX_KIB   1024u

/* Hits that are kept of a group of a correlation; of temporal_ordered. */
#define LIMIT_HITS         4096u
#define LIMIT_ORDERED_HITS 512u

#endif /* VIGIL_DETECT_LIMITS_H */
