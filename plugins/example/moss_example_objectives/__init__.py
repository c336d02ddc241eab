"""Two more objectives for MOSS: what a third party's plugin looks like."""
