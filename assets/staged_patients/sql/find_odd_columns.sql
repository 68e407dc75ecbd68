-- Of each column of the file: has it a cell that is taken otherwise than it stands?
SELECT {is_odd}
FROM raw
