# Sourced by the smoke scripts: a browser made of curl, and servers that stop when the script ends.
set -euo pipefail

work=$(mktemp -d)
servers=()
finish() {
  local status=$?
  if ((${#servers[@]})); then kill "${servers[@]}" 2>/dev/null || true; fi
  if ((status)); then tail -n 50 "$work"/*.log "$work/head" "$work/body" >&2 || true; fi
  rm -rf "$work"
}
trap finish EXIT

fail() {
  echo "smoke: $*" >&2
  exit 1
}

# A port on which nothing listens at this moment.
free_port() {
  local port
  while port=$((RANDOM % 20000 + 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# start LOG COMMAND...: runs a server until the script ends.
start() {
  local log=$work/$1.log
  shift
  "$@" >"$log" 2>&1 &
  servers+=($!)
}

# wait_for LOG EXTENDED_REGEX: waits up to a minute for a line, and prints it.
wait_for() {
  local log=$work/$1.log
  for _ in $(seq 600); do
    if grep -Em1 "$2" "$log"; then return; fi
    kill -0 "${servers[-1]}" 2>/dev/null || fail "the server of $1.log ended"
    sleep 0.1
  done
  fail "no line '$2' in $1.log after a minute"
}

# request URL [CURL_OPTION...]: sends the jar's cookies and keeps what comes back: $status, the
# final $url, $location, the response in $work/head and $work/body.
request() {
  local answer
  answer=$(curl --silent --show-error --max-time 30 --max-redirs 20 \
    --cookie "$work/jar" --cookie-jar "$work/jar" \
    --dump-header "$work/head" --output "$work/body" \
    --write-out '%{http_code}\n%{url_effective}\n%{redirect_url}\n' "${@:2}" "$1")
  # Without a redirect the last line is empty, and `read` fails at the end of the input.
  { read -r status; read -r url; read -r location || true; } <<<"$answer"
}

# visit SITE URL [CURL_OPTION...]: a top-level navigation; SITE as in Sec-Fetch-Site.
visit() {
  request "$2" --location --header 'Accept: text/html' --header "Sec-Fetch-Site: $1" \
    --header 'Sec-Fetch-Mode: navigate' --header 'Sec-Fetch-Dest: document' "${@:3}"
}

# press BUTTON [NAME=VALUE...]: submits the form of the last page's submit button that has this
# value or label, with the form's hidden fields and some more.
press() {
  local form action pairs=() pair
  form=$(perl -0777 -ne '
    sub text { my $t = shift; $t =~ s/&quot;/"/g; $t =~ s/&#(?:39|x27);/\x27/g;
      $t =~ s/&lt;/</g; $t =~ s/&gt;/>/g; $t =~ s/&amp;/&/g; $t }
    sub attribute { my ($tag, $name) = @_;
      $tag =~ /\s\Q$name\E\s*=\s*(?:"([^"]*)"|\x27([^\x27]*)\x27|([^\s>]+))/i ? text($1 // $2 // $3) : "" }
    BEGIN { our $button = shift @ARGV }
    my (@forms, $found);
    push @forms, { tag => $1, inside => $2, start => $-[0], end => $+[0] } while /(<form\b[^>]*>)(.*?)<\/form>/gis;
    while (/(<(?:button|input)\b[^>]*>)(.*?)(?=<\/button|<(?:button|input|form)\b|$)/gis) {
      my ($tag, $label, $at) = ($1, $2, $-[0]);
      next if attribute($tag, "type") !~ /^submit$/i && ($tag =~ /^<input/i || attribute($tag, "type") ne "");
      $label =~ s/<[^>]*>/ /g; $label =~ s/\s+/ /g; $label =~ s/^ | $//g;
      next unless attribute($tag, "value") eq $button || text($label) eq $button;
      my $owner = attribute($tag, "form");
      ($found) = grep { $owner eq "" ? $_->{start} < $at && $at < $_->{end} : attribute($_->{tag}, "id") eq $owner } @forms;
      next unless $found;
      print attribute($found->{tag}, "action"), "\n";
      for my $input ($found->{inside} =~ /<input\b[^>]*>/gi) {
        print attribute($input, "name"), "=", attribute($input, "value"), "\n"
          if attribute($input, "type") eq "hidden" && attribute($input, "name") ne "";
      }
      print attribute($tag, "name"), "=", attribute($tag, "value"), "\n" if attribute($tag, "name") ne "";
      last;
    }
    exit !$found' "$1" "$work/body") || fail "no button '$1' at $url"
  { read -r action; mapfile -t pairs; } <<<"$form"
  local data=()
  for pair in "${pairs[@]}" "${@:2}"; do
    if [ -n "$pair" ]; then data+=(--data-urlencode "$pair"); fi
  done
  if ((${#data[@]} == 0)); then data=(--data ''); fi
  local origin
  origin=$(origin_of "$url")
  case $action in
    http://* | https://*) ;;
    /*) action=$origin$action ;;
    '') action=$url ;;
    *) action=${url%/*}/$action ;;
  esac
  visit same-origin "$action" "${data[@]}"
}

origin_of() {
  grep -oE '^https?://[^/?#]+' <<<"$1"
}

# expect STATUS [TEXT]: the last response has this status, and the text in its body.
expect() {
  [ "$status" = "$1" ] || fail "$url answered $status, not $1"
  [ $# -eq 1 ] || grep -qF -- "$2" "$work/body" || fail "no '$2' at $url"
}

# expect_json STATUS TEXT: as expect, white space between JSON tokens aside.
expect_json() {
  expect "$1"
  tr -d ' \n\r\t' <"$work/body" | grep -qF -- "$2" || fail "no '$2' at $url"
}
