"""Files that hold a roster: archives and workbooks, told by their content and never by a name."""
