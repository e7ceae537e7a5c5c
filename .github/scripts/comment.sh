#!/usr/bin/env bash
# comment.sh FILE: makes FILE the comment on pull request NUMBER that is about ENVIRONMENT, in the place of the one before.
set -euo pipefail
mark="<!-- terraform $ENVIRONMENT -->"
body=$(printf '%s\n%s' "$mark" "$(<"$1")")
id=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" \
    --jq "[.[] | select(.user.login == \"github-actions[bot]\") | select(.body | startswith(\"$mark\")) | .id][0] // empty" | head -n 1)
if [[ -n $id ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --raw-field body="$body" --silent
else
    gh api "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --raw-field body="$body" --silent
fi
