module archive.test/lab/service

go 1.26
