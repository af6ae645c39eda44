"""The pages, one module per topic: parse the request, call one service function, render."""
