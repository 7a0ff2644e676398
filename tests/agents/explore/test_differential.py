"""The same command, here and in a real shell: the same bytes and the same exit code."""

import shutil

import pytest
from attacks.shelf import Shelf

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "git", "grep", "sed", "awk"))), reason="needs the real tools"
)

TEXT = """
cat notes.md
cat -n notes.md long.md
cat -b table.txt
cat -s table.txt
cat -A notes.md
cat notes.md index.md | tail -3
head notes.md long.md
head -3 long.md
head -n 5 long.md
head -n -55 long.md
head -c 10 notes.md
head -q -n1 notes.md index.md
tail -n 2 notes.md long.md
tail -5 long.md
tail -n +58 long.md
tail -c 7 notes.md
tail -c +60 notes.md
wc notes.md
wc -l notes.md
wc notes.md long.md
wc -w -l notes.md table.txt
cat notes.md | wc
cat notes.md | wc -l
wc -m memories/people/*
wc -L long.md
nl table.txt
nl -ba table.txt
tac index.md
sort table.txt
sort -r table.txt
sort -u table.txt
sort -t'|' -k2n table.txt
sort -t'|' -k1,1 -k2,2nr table.txt
sort -t'|' -k2,2 -s table.txt
sort -k2 notes.md
sort -rn -k2 long.md
sort -n long.md | head -4
sort -f -k1,1 notes.md
sort -V long.md | head -3
cut -d'|' -f1 table.txt | sort | uniq -c
cut -d'|' -f1 table.txt | sort | uniq -d
cut -d'|' -f1 table.txt | uniq
cut -d'|' -f1 table.txt | sort | uniq -c | sort -rn
cut -d'|' -f2- table.txt
cut -d'|' -f1,3 table.txt
cut -d'|' -f3,1 --output-delimiter=: table.txt
cut -s -d'|' -f2 table.txt notes.md
cut -c1-4 notes.md
cut -c -3,6- notes.md
cut --complement -d'|' -f2 table.txt
sed -n '3,9p' long.md
sed -n '2p' notes.md
sed -n '$p' long.md
sed -n '58,$p' long.md
sed -n '/hello/p' notes.md
sed -n '/second/,/four/p' notes.md
sed -n '2,4!p' notes.md
sed '1,5d' notes.md
sed 3q notes.md
sed -n '2p;4p' notes.md
sed -n -e 1p -e 3p notes.md
sed -n '2,+2p' notes.md
sed -n '/hello/=' notes.md
sed 's/hello/bye/' notes.md
sed -E 's/(h)(el+)o/\\2\\1/g' notes.md
sed 's/l/[&]/g' notes.md
sed -n 's/hello/bye/p' notes.md
sed '/hello/d' notes.md
sed 's|a.b|X|' notes.md
sed -n '5,3p' notes.md
sed -n '/five/,2p' notes.md
awk '{print $1}' notes.md
awk -F'|' '{print $2, $1}' table.txt
awk -F: '{print $2}' index.md
awk '{print $NF}' notes.md
awk '{print NR": "$0}' notes.md
awk '/hello/{print $2}' notes.md
awk 'NR==2{print}' notes.md
awk 'NR>=2 && NR<=3 {print $1}' notes.md
echo hello world
echo -n x
echo "a b"   'c'
cat index.md | tr a-z A-Z
cat index.md | tr -d aeiou
cat index.md | tr ':' '\\n'
cat table.txt | tr -s '|'
cat table.txt | tr -cd '0-9'
""".strip().splitlines()

GREP = """
grep hello notes.md
grep -n hello notes.md
grep -in HELLO notes.md
grep -c hello notes.md long.md
grep -v hello notes.md
grep -l coffee notes.md index.md
grep -L coffee notes.md index.md
grep -o 'l.' notes.md
grep -on '[0-9]\\+' table.txt
grep -w five notes.md
grep -w hel notes.md
grep -x five notes.md
grep -E 'five|six' notes.md
grep 'five\\|six' notes.md
grep 'a|b' notes.md
grep -F 'a|b' notes.md
grep -F '.' index.md
grep -P '\\d+' table.txt
grep -E '^[a-c]\\|[0-9]{2}' table.txt
grep -E '(l)+' notes.md
grep '^hello' notes.md
grep 'again$' notes.md
grep '^$' table.txt
grep -vc '^$' table.txt
grep '[[:digit:]]' table.txt
grep -A1 -n second notes.md
grep -B1 four notes.md
grep -C1 -n four notes.md
grep -A1 -B1 'hello' notes.md
grep -2 four notes.md
grep -A1 -n hello notes.md long.md
grep -m1 hello notes.md
grep -m 2 -n line long.md
grep -h coffee notes.md memories/friends/ann.md
grep -H coffee notes.md
grep -q hello notes.md
grep -e hello -e six notes.md
grep -s hello nosuch.md
grep hello nosuch.md
grep hello nosuch.md notes.md
grep nothing notes.md
grep 'line 1[0-9] ' long.md
grep -i 'KÄSE' memories/people/*.md
grep -ow 'caf.' memories/people/*.md
grep 'caf.' memories/people/*.md
cat notes.md | grep hello
cat notes.md | grep -n hello -
cat notes.md | grep -c o
egrep 'five|six' notes.md
fgrep 'a|b' notes.md
grep -rh coffee memories/friends
grep -rn coffee timeline
grep -c '' notes.md
grep 'a\\{1,2\\}' index.md
grep -E 'x{,2}y' table.txt
grep '*' notes.md
grep '\\.' index.md
grep -E '\\bhello\\b' notes.md
grep '\\<six\\>' notes.md
grep "it's" notes.md
grep -n "it's\\|six" notes.md
grep -vn l notes.md
grep -ov hello notes.md
grep -lv hello notes.md
grep -E 'a||b' notes.md
""".strip().splitlines()

TREE = """
ls
ls notes.md index.md
ls memories
ls memories/people memories/friends
ls -R memories
ls -1 timeline/
ls -d memories
ls -r
ls -p
ls *.md
ls memories/*
ls m*/p*/*
ls -A memories/friends
ls nosuch
find notes.md
find memories -type d -name 'p*'
find . -name 'notes.md'
find timeline
find memories -mindepth 2 -type f -name '*ann*'
find . -path './memories/*' -name 'ann.md'
find long.md -size +1k
find memories -maxdepth 0
cat memories/friends/*.md
cat nosuch.md
cat nosuch.md 2>/dev/null || cat index.md
cat nosuch.md 2>/dev/null && cat index.md
grep -q hello notes.md && echo yes || echo no
grep -q nothing notes.md && echo yes || echo no
false || echo a && echo b
true && false ; echo c
false && echo a ; echo b
cat nosuch.md 2>/dev/null ; echo d
cat nosuch.md 2>/dev/null | wc -l
cat index.md nosuch.md 2>/dev/null | wc -l
""".strip().splitlines()

GIT = """
git log
git log -2
git log --oneline --no-abbrev-commit -n 0
git log -3 --format='%H %an <%ae> %s'
git log --format=%s
git log --pretty=format:%s
git log --pretty=format:'%h|%p|%ct' -2
git log --format='%h %cd' --date=short
git log --format='%ci%n%cI%n%cs%n%ct'
git log --format='%h %cd' --date=iso
git log --format='%cd' --date=format:'%Y/%m/%d'
git log --format=%B -1
git log --format='%b' -1
git log --format=short
git log --format=full -2
git log --format=fuller -1
git log --reverse --format=%s
git log --skip=1 -2 --format=%h
git log --stat
git log --stat -1 -- notes.md
git log --shortstat -2
git log --numstat --format=%h
git log --name-only
git log --name-status
git log --name-only --format=%h
git log --name-status --format='%h %s' -3
git log --pretty=format:%h --name-only
git log --stat --format=%h -2
git log -p
git log -p -1 --format=%h
git log -p -U1 -- notes.md
git log -p --stat -1
git log --oneline
git log --oneline -p -2
git log --oneline --stat
git log --oneline --name-only
git log --oneline --name-status -3
git log --oneline -- memories/people/ann.md
git log --oneline -- memories
git log --oneline --follow -- memories/friends/ann.md
git log --follow --name-status --format=%h -- memories/friends/ann.md
git log --oneline -- 'memories/*.md'
git log --oneline -S coffee
git log --oneline -S'coffee eight'
git log --oneline -G 'cof+ee'
git log --oneline --grep=change
git log --oneline --grep=nothing
git log --oneline --author=person
git log --oneline HEAD~2
git log --oneline HEAD~3..
git log --oneline HEAD~3..HEAD~1
git log --oneline HEAD~3...HEAD~1
git log --oneline HEAD ^HEAD~2
git log --oneline HEAD~1 -- notes.md
git log --oneline --diff-filter=A --name-only
git log --diff-filter=D --name-only --format=%h
git log --since='10 years ago' --oneline
git log --until='2001-01-01' --oneline
git log -1 --format='%(trailers:key=Stage,valueonly)'
git log -1 --format='%(trailers)'
git log -1 --format='%x41%%%n%t %T %P %p'
git diff HEAD~1
git diff HEAD~1 HEAD
git diff HEAD~3..HEAD~1
git diff HEAD~2.. -- notes.md
git diff HEAD~2 --stat
git diff --name-only HEAD~4
git diff --name-status HEAD~2 HEAD -- notes.md
git diff --numstat HEAD~2
git diff --shortstat HEAD~2
git diff HEAD HEAD~1
git diff HEAD~3...HEAD~1
git diff -U0 HEAD~2 -- notes.md
git diff --exit-code HEAD~1
git diff
git diff HEAD
git show
git show HEAD~1
git show --stat
git show --stat HEAD~1
git show -s HEAD
git show -s --format=%s HEAD~2
git show --name-only HEAD
git show --name-only --format= HEAD
git show --oneline HEAD~1
git show HEAD:notes.md
git show HEAD~2:notes.md
git show HEAD:memories
git show HEAD~1 -- notes.md
git show HEAD~4
git blame notes.md
git blame -L 2,3 notes.md
git blame -L 2,+2 notes.md
git blame -L 8, notes.md
git blame -s notes.md
git blame -e notes.md
git blame --date=short notes.md
git blame HEAD~1 -- notes.md
git blame HEAD~2 notes.md
git blame -l index.md
git grep hello
git grep -n hello
git grep -c coffee
git grep -l coffee
git grep -i COFFEE HEAD
git grep -n coffee HEAD~2
git grep -n coffee -- memories
git grep -h coffee
git grep -w five
git grep -E 'five|six'
git grep nothing
git grep -A1 second
git grep -n coffee HEAD -- notes.md
git shortlog -sn HEAD
git shortlog -s HEAD
git shortlog -sne HEAD
git shortlog HEAD
git rev-list HEAD
git rev-list --count HEAD
git rev-list -2 HEAD
git rev-list --count HEAD~2..HEAD
git rev-list HEAD -- notes.md
git rev-list --max-count=1 HEAD
git ls-files
git ls-files memories
git ls-tree HEAD
git ls-tree -r HEAD
git ls-tree -r --name-only HEAD
git ls-tree --name-only HEAD memories/
git ls-tree HEAD memories
git show nosuch
git log nosuch..HEAD
""".strip().splitlines()

MORE = r"""
git log --stat -p --format=%h -1
git log --format= --name-only
git show --stat -p HEAD
git log --stat --name-only -1
git show HEAD HEAD~1
git show --format=%h HEAD HEAD~1
git log --oneline -i --grep=CHANGE
git log --pretty=format:%h --stat -2
git log --pretty=format:%h -p -2 -- notes.md
git log --pretty=format:%h --name-status -3
git log --pretty=oneline
git log --pretty=oneline --abbrev-commit
git log --abbrev-commit -1
git log -z -1
git log --oneline -- nosuch.md
git log --oneline notes.md
git log --first-parent --oneline
git log --merges
git log --date=short -1
git log --date=iso-strict -1
git log --date=rfc -1
git log --date=unix -1
git log --date=raw -1
git log --format=%ad --date=short -1
git log --format='%an%n%ae%n%al%n%cn%n%ce' -1
git log --format='%s%+b' -1
git log --format='[%f] %ar' -1 --date=short --until=2001-01-01
git diff HEAD~4 HEAD~3 -- memories
git diff HEAD~4..HEAD --stat
git diff --stat --name-only HEAD~2
git diff -w HEAD~2 -- notes.md
git show HEAD:notes.md HEAD:index.md
git show HEAD~1:./notes.md
git blame -n notes.md
git blame -f notes.md
git blame memories/friends/ann.md
git blame -t index.md
git grep -c coffee HEAD
git grep -L coffee
git grep -o 'l.'
git grep -q hello
git grep --name-only coffee
git grep -v -n e -- index.md
git rev-list --oneline HEAD
git rev-list --parents HEAD
git rev-list --count HEAD -- notes.md
git shortlog -n HEAD
git ls-tree -r HEAD memories/
git ls-tree HEAD:memories
git ls-tree HEAD memories/
git ls-tree HEAD notes.md
sort -k1.3 notes.md
sort -t'|' -k2.1,2.1 table.txt
sort -b -k2 notes.md
sort -nu -t'|' -k2 table.txt
sort -h table.txt
sort -t '|' -k 1,1 -u table.txt
sort -r -k1,1 -t'|' table.txt
uniq -i notes.md
uniq -u table.txt
tail -n 0 notes.md
head -n 0 notes.md
head -c -5 notes.md
tail -c +0 notes.md
wc -c notes.md long.md
wc -lwc index.md
find . -name '*.md' -not -name 'ann*' -type f | sort
find . -maxdepth 1 | grep -v git | sort
find . -maxdepth 1 -type f | sort
find . -empty | grep -v git
find memories -name ann.md -o -name 'bea*'
find memories timeline -type f | sort
find ./memories -type f | sort
find memories/ -type f | sort
grep -rn coffee memories timeline | sort
grep -rl coffee . --include=*.md --exclude-dir=.git | sort
grep -rc coffee memories | sort
grep -r coffee ./timeline
grep -rn coffee memories/
grep -rho 'c[a-z]*' timeline
grep -n -A2 -B2 four notes.md long.md
grep -c hello *.md
cat *.md | wc -l
ls -F memories
ls -1R timeline
sed -n '/a/,/b/p;/c/p' table.txt
sed -n '1~2p' long.md
sed '2,$d' notes.md
sed -e 's/a/b/' -e 's/b/c/2' notes.md
sed 's/^/> /' notes.md
sed 's/x*/-/g' index.md
sed -n '1!p' notes.md
sed -n '$=' notes.md
sed '/^$/d' table.txt
sed -r 's/^([a-z]+) ([a-z]+)/\2 \1/' notes.md
sed 's/\(hello\) \(.*\)/\2 \1/' notes.md
sed 's/o/\n/' notes.md
awk -F'|' '$2 > 5 {print $1}' table.txt
awk '{print NF}' notes.md
awk '{ print $2 " - " $1 }' notes.md
awk -F', ' '{print $2}' long.md
awk '{print $1,$2}' notes.md | sort | uniq -c | sort -rn | head -3
cut -f1 notes.md
cut -b1-3 notes.md
cut -d' ' -f1 notes.md
cat notes.md | tr '[:lower:]' '[:upper:]'
cat notes.md | tr -d '\n'
cat notes.md | tr ' ' '_'
nl -w3 -s': ' notes.md
cat -n notes.md | tail -3
echo a;echo b
echo 'a;b' "c|d" e\;f
echo "a\"b" 'a"b' "a'b"
echo a\ b "a\nb" 'a\nb'
echo $
echo a$ "b$" 'c$'
echo *.md
echo memories/*/*
echo nosuch*
echo "*.md"
echo a&&echo b||echo c
echo a | cat | cat
grep -n 'line [0-9]' long.md | head -2 | cut -d: -f1
""".strip().splitlines()


@pytest.mark.parametrize("command", [*TEXT, *GREP, *TREE, *GIT, *MORE])
def test_a_command_says_what_the_real_one_says(memory: Shelf, command: str) -> None:
    output, code = memory.really(command)
    answer = memory.ask(f"{command} 2>/dev/null" if "2>" not in command and code else command)
    assert (answer.output, answer.code) == (output.decode("utf-8", "replace"), code)
