//! Files that old mail programs wrote into the text itself: `begin 644 NAME`, lines of letters, `end`.

use std::borrow::Cow;

/// The text without such files, and how many there were. A file whose end was cut off goes as far as
/// its lines go.
pub(super) fn cut(text: &str) -> (String, u32) {
    if !text.contains("begin ") {
        return (text.to_owned(), 0);
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let mut own: Vec<&str> = Vec::with_capacity(lines.len());
    let (mut files, mut at) = (0, 0);
    while at < lines.len() {
        match is_beginning(lines[at]).then(|| length(&lines[at + 1..])) {
            Some(length) if length > 0 => {
                files += 1;
                at += 1 + length;
            }
            _ => {
                own.push(lines[at]);
                at += 1;
            }
        }
    }
    (own.join("\n"), files)
}

/// `begin`, three or four octal digits, and a name.
fn is_beginning(line: &str) -> bool {
    let mut words = line.splitn(3, ' ');
    let is_mode = |mode: &str| {
        (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b))
    };
    words.next() == Some("begin")
        && words.next().is_some_and(is_mode)
        && words.next().is_some_and(|name| !name.trim().is_empty())
}

/// How many lines belong to the file, its end among them.
fn length(lines: &[&str]) -> usize {
    let data = lines.iter().take_while(|line| is_data(line)).count();
    let is_empty = |line: &&&str| matches!(line.trim(), "" | "`");
    let closing = lines[data..].iter().take(1).take_while(is_empty).count();
    let has_end = lines.get(data + closing).map(|line| line.trim_end()) == Some("end");
    match (data, has_end) {
        (_, true) => data + closing + 1,
        (data, false) => data,
    }
}

/// A line whose first letter tells how many bytes follow, four letters for three of them. Some
/// programs drop spaces at the end, and some add a letter.
fn is_data(line: &str) -> bool {
    let line: Cow<'_, [u8]> = line.strip_suffix('\r').unwrap_or(line).as_bytes().into();
    let Some((first, rest)) = line.split_first() else {
        return false;
    };
    let count = usize::from(first.wrapping_sub(32) & 63);
    let letters = count.div_ceil(3) * 4;
    // Full lines but for the last: words of a person seldom have their own length in front.
    (33..=96).contains(first)
        && count > 0
        && *first != b'`'
        && rest.len() <= letters + 1
        && rest.len() + 4 > letters
        && rest.iter().all(|byte| (32..=96).contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_and_words_stay() {
        let cat = "begin 644 cat.txt\n#0V%T\n`\nend";
        for (text, own, files) in [
            ("a\nb", "a\nb", 0),
            (&*format!("a\n{cat}\nb"), "a\nb", 1),
            (&*format!("{cat}\n{cat}\nb"), "b", 2),
            // Its end was cut off.
            ("a\nbegin 644 x\n#0V%T\n#0V%T", "a", 1),
            ("a\nbegin 0755 my file.bin\n#0V%T\n\nend\nb", "a\nb", 1),
            ("begin 644 empty\n`\nend\nb", "b", 1),
            // Words that only begin like one.
            (
                "begin 644 lines\nPlease delete my data.",
                "begin 644 lines\nPlease delete my data.",
                0,
            ),
            ("begin with my account", "begin with my account", 0),
            ("begin 9999 x\n#0V%T", "begin 9999 x\n#0V%T", 0),
        ] {
            assert_eq!(cut(text), (own.to_owned(), files), "{text}");
        }
    }
}
