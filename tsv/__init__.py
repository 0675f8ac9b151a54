"""The application files of NII's UPKI certificate service: write them, read them, and say what is wrong with them.

Pure Python, standard library only. Every rule about a column lives in `tsv.fields`.
"""
