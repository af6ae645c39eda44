module archive.test/lab/programs

go 1.26
